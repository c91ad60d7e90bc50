'use strict';

// Amounts are whole cents everywhere; only these two functions know about decimals.

function format(cents, currency = 'EUR') {
  const sign = cents < 0 ? '-' : '';
  const abs = Math.abs(cents);
  return `${sign}${Math.floor(abs / 100)},${String(abs % 100).padStart(2, '0')} ${currency}`;
}

function parse(text) {
  const match = /^(\d{1,7})(?:[.,](\d{1,2}))?$/.exec(String(text).trim());
  if (!match) {
    throw new RangeError(`not an amount of money: ${text}`);
  }
  return Number(match[1]) * 100 + Number((match[2] || '0').padEnd(2, '0'));
}

// included returns the tax that is part of a gross amount.
function included(cents, percent) {
  return Math.round(cents - cents / (1 + percent / 100));
}

module.exports = { format, parse, included };
