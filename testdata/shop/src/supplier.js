'use strict';

const { XMLParser, XMLValidator } = require('fast-xml-parser');
const money = require('./money');

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  isArray: (name) => name === 'item',
});

// readPrices returns what a supplier's price list says, by stock number.
function readPrices(xml) {
  const valid = XMLValidator.validate(xml);
  if (valid !== true) {
    throw new SyntaxError(`price list, line ${valid.err.line}: ${valid.err.msg}`);
  }
  const { pricelist } = parser.parse(xml);
  if (!pricelist || !pricelist.item) {
    throw new SyntaxError('price list: no <pricelist> with an <item> in it');
  }
  if (pricelist['@currency'] !== 'EUR') {
    throw new RangeError(`price list: currency ${pricelist['@currency']}; want EUR`);
  }
  const changes = {};
  for (const item of pricelist.item) {
    changes[item['@sku']] = {
      price: money.parse(item.price),
      stock: item.stock === undefined ? undefined : Number(item.stock),
    };
  }
  return { supplier: pricelist['@supplier'], issued: pricelist['@issued'], changes };
}

module.exports = { readPrices };
