'use strict';

const { XMLBuilder } = require('fast-xml-parser');
const dates = require('./dates');

const columns = ['number', 'placed', 'name', 'country', 'pieces', 'total'];

// A cell that a spreadsheet would take for a formula gets a quote in front.
function cell(value) {
  let text = String(value);
  if (/^[=+\-@\t]/.test(text)) {
    text = `'${text}`;
  }
  return /[";\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

function row(order) {
  return {
    number: order.number,
    placed: dates.stamp(order.placed),
    name: order.customer.name,
    country: order.customer.country,
    pieces: order.pieces,
    total: (order.totalCents / 100).toFixed(2),
  };
}

function csv(orders) {
  const rows = orders.map(row).map((r) => columns.map((c) => cell(r[c])).join(';'));
  return `${[columns.join(';'), ...rows].join('\r\n')}\r\n`;
}

function xml(orders) {
  const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', format: true, suppressEmptyNode: true });
  const order = orders.map((o) => {
    const { number, ...rest } = row(o);
    return { '@number': number, ...rest, line: o.lines.map((l) => ({ '@sku': l.sku, '@quantity': l.quantity })) };
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ orders: { order } })}`;
}

module.exports = { csv, xml };
