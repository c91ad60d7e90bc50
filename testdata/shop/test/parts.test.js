'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const path = require('path');
const cli = require('../src/cli');
const config = require('../src/config');
const dates = require('../src/dates');
const money = require('../src/money');
const validate = require('../src/validate');
const { Tokens } = require('../src/tokens');
const { anna, thursday } = require('./support/shop');

function quayside(...args) {
  const out = { stdout: '', stderr: '' };
  const stream = (name) => ({ write: (text) => { out[name] += text; } });
  out.status = cli.run(args, { stdout: stream('stdout'), stderr: stream('stderr'), env: { QUAYSIDE_SECRET: 'tide' } });
  return out;
}

test('money is written with two decimals and read back', () => {
  assert.equal(money.format(123456), '1234,56 EUR');
  assert.equal(money.format(-5), '-0,05 EUR');
  assert.equal(money.parse('12,5'), 1250);
  assert.throws(() => money.parse('1e3'), RangeError);
});

test('a delivery skips the weekend', () => {
  assert.equal(dates.describe(dates.deliveryDay(thursday, 1)), 'Friday 6 March 2026');
  assert.equal(dates.describe(dates.deliveryDay(thursday, 2)), 'Monday 9 March 2026');
  assert.equal(dates.describe(dates.deliveryDay(thursday, 6), 'de'), 'Freitag, 13. März 2026');
});

test('days are read strictly', () => {
  assert.equal(dates.stamp(dates.parseDay('5.3.2026')), '2026-03-05T00:00:00Z');
  assert.equal(dates.parseDay('2026-3-5x'), null);
  assert.equal(dates.parseDay('tomorrow'), null);
});

test('settings are merged key by key', () => {
  const settings = config.load({ carrier: { timeout: 50 } });
  assert.equal(settings.carrier.timeout, 50);
  assert.equal(settings.carrier.url, 'http://127.0.0.1:3001');
  assert.equal(config.load().carrier.timeout, 2000);
});

test('an address is tidied before it is checked', () => {
  const { fields, ok } = validate.address({ ...anna, country: 'nl', postcode: '1012 ab' });
  assert.ok(ok);
  assert.equal(fields.postcode, '1012 AB');
  assert.equal(fields.email, 'anna.petersen@mail.example');
});

test('an address of lists instead of text is refused', () => {
  assert.equal(validate.address({ ...anna, name: ['Anna'] }).errors.name, 'Please tell us your name.');
});

test('a token is only good for its audience and its secret', () => {
  const tokens = new Tokens('tide');
  assert.equal(tokens.read(tokens.staff('ole'), 'staff').sub, 'ole');
  assert.equal(tokens.read(tokens.staff('ole'), 'receipt'), null);
  assert.equal(new Tokens('ebb').read(tokens.staff('ole'), 'staff'), null);
});

test('the command line checks price lists', () => {
  const file = path.join(__dirname, '..', 'data', 'supplier-prices.xml');
  assert.deepEqual(quayside('prices', file), { status: 0, stdout: `${file}: 4 prices of Nordkai Tauwerk\n`, stderr: '' });
  assert.equal(quayside('prices', path.join(__dirname, 'no-such-file.xml')).status, 1);
});

test('the command line keeps an amount as it was typed', () => {
  const { stdout } = quayside('voucher', '--amount', '010,50', '--id=7');
  assert.equal(new Tokens('tide').read(stdout.trim(), 'voucher').cents, 1050);
});

test('the command line explains itself', () => {
  assert.equal(quayside('-h').status, 0);
  assert.match(quayside('sail').stderr, /unknown command sail/);
});
