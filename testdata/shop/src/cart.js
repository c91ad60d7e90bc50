'use strict';

const _ = require('lodash');

// A cart lives in a signed cookie as [[slug, quantity], ...].
class Cart {
  constructor(catalogue, lines = []) {
    this.catalogue = catalogue;
    this.quantities = new Map();
    for (const line of lines) {
      if (_.isArray(line) && catalogue.find(line[0])) {
        this.set(line[0], line[1]);
      }
    }
  }

  static from(cookie, catalogue) {
    try {
      return new Cart(catalogue, _.castArray(JSON.parse(cookie || '[]')));
    } catch (err) {
      return new Cart(catalogue);
    }
  }

  add(slug, quantity) {
    this.set(slug, (this.quantities.get(slug) || 0) + quantity);
  }

  set(slug, quantity) {
    const product = this.catalogue.find(slug);
    const most = Math.min(product ? product.stock : 0, 99);
    const kept = _.clamp(_.toInteger(quantity), 0, most);
    if (kept > 0) {
      this.quantities.set(slug, kept);
    } else {
      this.quantities.delete(slug);
    }
  }

  lines() {
    return _.map([...this.quantities], ([slug, quantity]) => {
      const product = this.catalogue.find(slug);
      return { slug, sku: product.sku, name: product.name, price: product.price, quantity, amount: product.price * quantity };
    });
  }

  get count() {
    return _.sum([...this.quantities.values()]);
  }

  get subtotal() {
    return _.sumBy(this.lines(), 'amount');
  }

  toCookie() {
    return JSON.stringify([...this.quantities]);
  }
}

module.exports = { Cart };
