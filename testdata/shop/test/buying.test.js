'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { open, anna } = require('./support/shop');

let shop;
test.beforeEach(async () => { shop = await open(); });
test.afterEach(() => shop.close());

async function filled(lines = { 'snatch-block': 1, 'enamel-mug': 2 }) {
  const visitor = shop.visitor();
  for (const [slug, quantity] of Object.entries(lines)) {
    await visitor.post('/cart', { slug, quantity });
  }
  return visitor;
}

test('the cart adds up what was put in', async () => {
  const visitor = await filled();
  await visitor.post('/cart', { slug: 'enamel-mug', quantity: 1 });
  const page = await visitor.get('/cart');
  assert.match(page.text, /3 x Enamel mug/);
  assert.match(page.text, /Subtotal<\/td><td>109,00 EUR/);
});

test('a quantity of zero takes a line out', async () => {
  const visitor = await filled({ 'enamel-mug': 2 });
  await visitor.post('/cart', { slug: 'enamel-mug', quantity: 0, action: 'set' });
  assert.match((await visitor.get('/cart')).text, /nothing in your cart/);
});

test('nobody can order more than there is', async () => {
  const visitor = await filled({ 'plough-anchor': 40 });
  assert.match((await visitor.get('/cart')).text, /6 x Plough anchor/);
});

test('a line that makes no sense is refused', async () => {
  const visitor = shop.visitor();
  assert.equal((await visitor.post('/cart', { slug: 'enamel-mug', quantity: '-3' })).status, 400);
  assert.equal((await visitor.post('/cart', { slug: '__proto__', quantity: '1' })).status, 400);
});

test('a cart cookie that was tampered with is an empty cart', async () => {
  const visitor = await filled();
  const cart = (await visitor.jar.getCookies(shop.url)).find((c) => c.key === 'cart');
  assert.ok(cart.httpOnly);
  const forged = cart.value.replace('enamel-mug', 'plough-anchor');
  assert.notEqual(forged, cart.value);
  await visitor.jar.setCookie(`cart=${forged}; Path=/`, shop.url);
  assert.match((await visitor.get('/cart')).text, /nothing in your cart/);
});

test('checkout without a cart leads back to the cart', async () => {
  const answer = await shop.visitor().get('/checkout');
  assert.equal(answer.status, 303);
  assert.equal(answer.location, '/cart');
});

test('checkout without the token of the form is refused', async () => {
  const visitor = await filled();
  await visitor.get('/checkout');
  const answer = await visitor.post('/checkout', anna);
  assert.equal(answer.status, 403);
  assert.match(answer.text, /form has expired/);
  assert.equal(shop.letters.length, 0);
});

test('checkout names every field that is wrong and keeps the rest', async () => {
  const visitor = await filled();
  const answer = await visitor.checkOut({ ...anna, email: 'anna at mail', postcode: '2410' });
  assert.equal(answer.status, 422);
  assert.match(answer.text, /id="error-email"/);
  assert.match(answer.text, /no postcode of DE/);
  assert.match(answer.text, /value="Anna Petersen"/);
  assert.doesNotMatch(answer.text, /id="error-city"/);
});

test('an order is confirmed on a page of its own', async () => {
  const visitor = await filled();
  const placed = await visitor.checkOut(anna);
  assert.equal(placed.status, 303);
  assert.match(placed.location, /^\/orders\/Q-2026-0001\?token=/);

  const page = await visitor.get(placed.location);
  assert.match(page.text, /Order Q-2026-0001/);
  assert.match(page.text, /Total<\/td><td>102,40 EUR/);
  assert.match(page.text, /a few seconds ago/);
  assert.match(page.text, /Monday 9 March 2026/);
  assert.match((await visitor.get('/cart')).text, /nothing in your cart/);
});

test('an order page needs the token of that order', async () => {
  const first = await (await filled()).checkOut(anna);
  const second = await (await filled({ 'enamel-mug': 1 })).checkOut(anna);
  const token = second.location.split('token=')[1];
  assert.equal((await shop.visitor().get(`/orders/Q-2026-0001?token=${token}`)).status, 404);
  assert.equal((await shop.visitor().get('/orders/Q-2026-0001')).status, 404);
  assert.equal((await shop.visitor().get(first.location)).status, 200);
});

test('buying takes the pieces out of stock', async () => {
  await (await filled({ 'plough-anchor': 5 })).checkOut(anna);
  const { json } = await shop.visitor().get('/api/products?filter[category]=anchors');
  assert.equal(json.items.find((p) => p.slug === 'plough-anchor').stock, 1);
});

test('the carrier is asked for a price at its new address', async () => {
  await (await filled()).checkOut({ ...anna, country: 'NL', postcode: '1012 AB' });
  assert.deepEqual(shop.carrier.seen.quotes, [{ country: 'NL', postcode: '1012 AB', pieces: '3' }]);
});

test('the parcel is announced with a multipart form', async () => {
  const visitor = await filled();
  const placed = await visitor.checkOut(anna);
  const [parcel] = shop.carrier.seen.parcels;
  assert.match(parcel.type, /^multipart\/form-data; boundary=/);
  assert.match(parcel.body, /name="reference"\r\n\r\nQ-2026-0001/);
  assert.match((await visitor.get(placed.location)).text, /NK000001DE/);
});

test('a carrier that is closed means the flat rate, not a lost order', async () => {
  shop.carrier.close(true);
  const visitor = await filled({ 'enamel-mug': 1 });
  const placed = await visitor.checkOut(anna);
  const page = await visitor.get(placed.location);
  assert.match(page.text, /Total<\/td><td>21,40 EUR/);
  assert.doesNotMatch(page.text, /class="tracking"/);
});

test('large orders ship for free', async () => {
  const visitor = await filled({ 'plough-anchor': 1 });
  const placed = await visitor.checkOut(anna);
  assert.match((await visitor.get(placed.location)).text, /Shipping<\/td><td>free/);
  assert.equal(shop.carrier.seen.quotes.length, 0);
});

test('the confirmation goes to the customer, under the name of the shop', async () => {
  await (await filled()).checkOut(anna);
  const [letter] = shop.letters;
  assert.equal(letter.subject, 'Your order Q-2026-0001');
  assert.deepEqual(letter.from, { name: 'Quayside', address: 'orders@quayside.example' });
  assert.deepEqual(letter.to, [{ name: 'Anna Petersen', address: 'anna.petersen@mail.example' }]);
  assert.match(letter.text, /^Dear Anna Petersen,/);
});

test('the confirmation states each line, the total and the tax', async () => {
  await (await filled()).checkOut(anna);
  const { text } = shop.letters[0];
  assert.match(text, /1 x Snatch block, 57 mm \(HW-2014\) {2}74,50 EUR/);
  assert.match(text, /2 x Enamel mug, 0.4 l \(GA-5001\) {2}23,00 EUR/);
  assert.match(text, /Shipping {2}4,90 EUR/);
  assert.match(text, /Total {2}102,40 EUR \(VAT included: 16,35 EUR\)/);
});

test('the confirmation names the day in the language of the customer', async () => {
  await (await filled()).checkOut({ ...anna, language: 'de' });
  assert.match(shop.letters[0].text, /Montag, 9\. März 2026/);
});

test('the confirmation as a page escapes what the customer typed', async () => {
  await (await filled()).checkOut({ ...anna, name: 'Anna <b>Petersen</b>' });
  assert.match(shop.letters[0].html, /Dear Anna &lt;b&gt;Petersen&lt;\/b&gt;/);
});

test('a voucher lowers the total', async () => {
  const staff = await shop.visitor().signIn();
  const { json } = await staff.postJSON('/admin/vouchers', { name: 'Anna', email: 'anna@mail.example', amount: '20,00' });
  const visitor = await filled();
  const placed = await visitor.checkOut({ ...anna, voucher: json.code });
  const page = await visitor.get(placed.location);
  assert.match(page.text, /Voucher<\/td><td>-20,00 EUR/);
  assert.match(page.text, /Total<\/td><td>82,40 EUR/);
});

test('a receipt is not taken for a voucher', async () => {
  const placed = await (await filled()).checkOut(anna);
  const answer = await (await filled()).checkOut({ ...anna, voucher: placed.location.split('token=')[1] });
  assert.equal(answer.status, 422);
  assert.match(answer.text, /cannot accept that voucher/);
});
