'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { open } = require('./support/shop');

let shop;
test.before(async () => { shop = await open(); });
test.after(() => shop.close());

const names = (page) => [...page.text.matchAll(/<li><a href="\/products\/[^"]+">([^<]+)<\/a>/g)].map((m) => m[1]);

test('the front page shows the first page of products by name', async () => {
  const page = await shop.visitor().get('/');
  assert.equal(page.status, 200);
  assert.equal(names(page).length, 5);
  assert.equal(names(page)[0], 'Braided Dyneema line, 8 mm');
  assert.match(page.text, /12 products/);
  assert.match(page.text, /Page 1 of 3/);
});

test('a category filter narrows the list', async () => {
  const page = await shop.visitor().get('/?filter[category]=anchors');
  assert.deepEqual(names(page), ['Grapnel anchor, 2.5 kg', 'Plough anchor, 9 kg']);
});

test('filters combine and sorting by falling price works', async () => {
  const { json } = await shop.visitor().get('/api/products?filter[tag]=mooring&filter[max]=3900&sort=-price');
  assert.deepEqual(json.items.map((p) => p.price), [3890, 2990, 340]);
});

test('sold out products can be left out', async () => {
  const { json } = await shop.visitor().get('/api/products?filter[category]=galley&filter[stocked]=yes');
  assert.deepEqual(json.items.map((p) => p.slug), ['enamel-mug']);
});

test('a page beyond the end is the last page', async () => {
  const { json } = await shop.visitor().get('/api/products?page=99');
  assert.equal(json.page, 3);
  assert.equal(json.items.length, 2);
});

test('a filter that is no object is ignored', async () => {
  const { json } = await shop.visitor().get('/api/products?filter=rope');
  assert.equal(json.total, 12);
});

test('the menu counts the products of each category', async () => {
  const page = await shop.visitor().get('/');
  assert.match(page.text, /Clothing \(2\)/);
  assert.match(page.text, /Rope \(3\)/);
});

test('search ignores accents and case', async () => {
  assert.deepEqual(names(await shop.visitor().get('/search?q=CREME')), ['Enamel mug, 0.4 l']);
  assert.deepEqual(names(await shop.visitor().get('/search?q=rechaud')), ['Gimballed stove, one burner']);
});

test('search ranks a hit in the name before one in the description', async () => {
  const found = names(await shop.visitor().get('/search?q=line'));
  assert.deepEqual(found.slice(0, 2), ['Braided Dyneema line, 8 mm', 'Dock line with spliced eye, 10 m']);
  assert.ok(found.includes('Snatch block, 57 mm'));
});

test('an empty search finds nothing', async () => {
  assert.match((await shop.visitor().get('/search?q=+')).text, /0 products/);
});

test('what was searched for is escaped in the page', async () => {
  const page = await shop.visitor().get('/search?q=%3Cscript%3Ealert(1)%3C/script%3E');
  assert.doesNotMatch(page.text, /<script>alert/);
  assert.match(page.text, /&lt;script&gt;/);
});

test('a product page names price and offers the cart', async () => {
  const page = await shop.visitor().get('/products/snatch-block');
  assert.match(page.text, /74,50 EUR/);
  assert.match(page.text, /Add to cart/);
});

test('a sold out product cannot be put into the cart', async () => {
  assert.match((await shop.visitor().get('/products/gimballed-stove')).text, /Sold out/);
});

test('an unknown product is not found', async () => {
  assert.equal((await shop.visitor().get('/products/constructor')).status, 404);
});

test('static files carry a type and may be cached', async () => {
  const style = await shop.visitor().get('/style.css');
  assert.match(style.headers.get('content-type'), /^text\/css/);
  assert.match(style.headers.get('cache-control'), /max-age=3600/);
});

test('static files cannot be left through the path', async () => {
  assert.equal((await shop.visitor().get('/..%2fpackage.json')).status, 404);
});

test('the pages bring their own jQuery', async () => {
  const script = await shop.visitor().get('/vendor/jquery.js');
  assert.equal(script.status, 200);
  assert.match(script.headers.get('content-type'), /javascript/);
  assert.match(script.text.slice(0, 200), /jQuery v\d/);
});
