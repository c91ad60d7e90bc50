'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('fs');
const path = require('path');
const { open, anna } = require('./support/shop');

const pricelist = fs.readFileSync(path.join(__dirname, '..', 'data', 'supplier-prices.xml'));
const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.alloc(64, 7)]);

let shop;
let staff;
test.before(async () => {
  shop = await open();
  staff = await shop.visitor().signIn();
  for (const [slug, name] of [['enamel-mug', 'Anna Petersen'], ['bronze-cleat', '=cmd()'], ['wool-watch-cap', 'Ole; Lund']]) {
    const visitor = shop.visitor();
    await visitor.post('/cart', { slug, quantity: 1 });
    await visitor.checkOut({ ...anna, name });
  }
});
test.after(() => shop.close());

function upload(slug, bytes, { field = 'picture', name = 'mug.png' } = {}) {
  const body = new FormData();
  body.set('alt', 'A mug');
  body.set(field, new Blob([bytes], { type: 'image/png' }), name);
  return staff.send('POST', `/admin/products/${slug}/picture`, { body });
}

function prices(body) {
  return staff.send('POST', '/admin/prices', { body, headers: { 'content-type': 'application/xml' } });
}

test('a wrong password is refused', async () => {
  const visitor = shop.visitor();
  assert.equal((await visitor.postJSON('/admin/login', { user: 'harbourmaster', password: 'guess' })).status, 401);
  assert.equal((await visitor.postJSON('/admin/login', { user: 'toString', password: 'x' })).status, 401);
});

test('the office is closed without a token', async () => {
  const visitor = shop.visitor();
  assert.equal((await visitor.get('/admin/orders')).status, 401);
  visitor.token = `${staff.token}x`;
  assert.equal((await visitor.get('/admin/orders')).status, 401);
});

test('a token without a signature is refused', async () => {
  const visitor = shop.visitor();
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  visitor.token = `${part({ alg: 'none', typ: 'JWT' })}.${part({ sub: 'eve', aud: 'staff', role: 'staff' })}.`;
  assert.equal((await visitor.get('/admin/orders')).status, 401);
});

test('the list of orders names customer and total', async () => {
  const page = await staff.get('/admin/orders');
  assert.match(page.text, /3 orders, shown to harbourmaster/);
  assert.match(page.text, /<td>Q-2026-0001<\/td><td>Anna Petersen<\/td><td>1<\/td><td>16,40 EUR<\/td>/);
});

test('orders can be limited to a period', async () => {
  assert.match((await staff.get('/admin/orders?from=5.3.2026&to=2026-03-05')).text, /3 orders/);
  assert.match((await staff.get('/admin/orders?from=2026-03-06')).text, /0 orders/);
});

test('a day that does not exist is refused', async () => {
  const answer = await staff.get('/admin/orders.csv?from=2026-02-30');
  assert.equal(answer.status, 400);
  assert.match(answer.json.error, /Days are written as/);
});

test('the CSV export quotes separators and disarms formulas', async () => {
  const answer = await staff.get('/admin/orders.csv');
  assert.match(answer.headers.get('content-type'), /^text\/csv/);
  assert.match(answer.headers.get('content-disposition'), /attachment; filename="orders\.csv"/);
  assert.deepEqual(answer.text.split('\r\n'), [
    'number;placed;name;country;pieces;total',
    'Q-2026-0001;2026-03-05T09:30:00Z;Anna Petersen;DE;1;16.40',
    "Q-2026-0002;2026-03-05T09:30:00Z;'=cmd();DE;1;34.80",
    'Q-2026-0003;2026-03-05T09:30:00Z;"Ole; Lund";DE;1;29.40',
    '',
  ]);
});

test('the XML export lists orders and lines', async () => {
  const answer = await staff.get('/admin/orders.xml');
  assert.match(answer.headers.get('content-type'), /^application\/xml/);
  assert.match(answer.text, /<order number="Q-2026-0001">/);
  assert.match(answer.text, /<line sku="GA-5001" quantity="1"\/>/);
  assert.match(answer.text, /<total>16\.40<\/total>/);
});

test('a price list changes price and stock of known products', async () => {
  const answer = await prices(pricelist);
  assert.deepEqual(answer.json, { supplier: 'Nordkai Tauwerk', issued: '2026-03-01', changed: 3, unknown: ['ZZ-9999'] });
  const { json } = await shop.visitor().get('/api/products?filter[category]=rope&sort=price');
  assert.deepEqual(json.items.map((p) => [p.sku, p.price, p.stock]), [
    ['RP-1003', 360, 1200],
    ['RP-1010', 550, 400],
    ['RP-1021', 3890, 45],
  ]);
});

test('a price list that is not well-formed is refused with its line', async () => {
  const answer = await prices('<pricelist currency="EUR">\n<item sku="RP-1003"><price>1</item>\n</pricelist>');
  assert.equal(answer.status, 422);
  assert.match(answer.json.error, /line 2/);
});

test('a price list in another currency is refused', async () => {
  const answer = await prices(String(pricelist).replace('"EUR"', '"SEK"'));
  assert.match(answer.json.error, /currency SEK; want EUR/);
});

test('a price that is no amount is refused and changes nothing', async () => {
  const answer = await prices(String(pricelist).replace('79.00', '79.0.0'));
  assert.match(answer.json.error, /not an amount of money/);
});

test('a picture is kept and shown', async () => {
  const answer = await upload('enamel-mug', png);
  assert.equal(answer.status, 201);
  assert.deepEqual(answer.json, { size: png.length, type: 'image/png', name: 'mug.png', alt: 'A mug' });
  const picture = await shop.visitor().get('/products/enamel-mug/picture');
  assert.equal(picture.headers.get('content-type'), 'image/png');
  assert.match((await shop.visitor().get('/products/enamel-mug')).text, /<img src="\/products\/enamel-mug\/picture"/);
});

test('a file that only claims to be a picture is refused', async () => {
  assert.equal((await upload('enamel-mug', Buffer.from('<svg onload=alert(1)>'))).status, 415);
});

test('a picture that is too large is refused', async () => {
  const answer = await upload('enamel-mug', Buffer.concat([png, Buffer.alloc(70000)]));
  assert.equal(answer.status, 413);
});

test('a form without the file is refused', async () => {
  assert.equal((await upload('enamel-mug', png, { field: 'other' })).status, 400);
});

test('a voucher is sent by e-mail', async () => {
  const answer = await staff.postJSON('/admin/vouchers', { name: 'Ole Lund', email: 'ole@mail.example', amount: '25' });
  assert.equal(answer.status, 201);
  const letter = shop.letters.find((l) => l.subject === 'A voucher of 25,00 EUR');
  assert.deepEqual(letter.to, [{ name: 'Ole Lund', address: 'ole@mail.example' }]);
  assert.ok(letter.text.includes(answer.json.code));
});

test('a voucher over nothing sensible is refused', async () => {
  assert.equal((await staff.postJSON('/admin/vouchers', { name: 'Ole', email: 'ole@mail.example', amount: 'much' })).status, 422);
});

test('health reports memory and uptime', async () => {
  const { json } = await staff.get('/admin/health');
  assert.ok(json.memory.total > json.memory.free);
  assert.ok(json.uptime > 0);
  assert.deepEqual(json.services, []);
});
