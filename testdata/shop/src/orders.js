'use strict';

const _ = require('lodash');
const money = require('./money');

class OrderLine {
  constructor({ sku, name, price, quantity }) {
    Object.assign(this, { sku, name, price, quantity });
  }

  get cents() {
    return this.price * this.quantity;
  }

  get amount() {
    return money.format(this.cents);
  }
}

// Order is what a customer bought. The sums are computed, so that they cannot disagree with the lines.
class Order {
  constructor({ number, placed, customer, lines, shipping, discount = 0, vatPercent = 19 }) {
    Object.assign(this, { number, placed, customer, shipping, discount, vatPercent });
    this.lines = lines.map((line) => new OrderLine(line));
    this.tracking = null;
  }

  get subtotalCents() {
    return _.sumBy(this.lines, 'cents');
  }

  get totalCents() {
    return Math.max(0, this.subtotalCents - this.discount) + this.shipping.cents;
  }

  get total() {
    return money.format(this.totalCents);
  }

  get shippingAmount() {
    return this.shipping.cents === 0 ? 'free' : money.format(this.shipping.cents);
  }

  get discountAmount() {
    return this.discount === 0 ? '' : money.format(-this.discount);
  }

  get vat() {
    return money.format(money.included(this.totalCents, this.vatPercent));
  }

  get pieces() {
    return _.sumBy(this.lines, 'quantity');
  }
}

class OrderBook {
  constructor({ clock, vatPercent }) {
    this.clock = clock;
    this.vatPercent = vatPercent;
    this.orders = [];
  }

  place({ customer, cart, shipping, discount }) {
    const placed = this.clock();
    const number = `Q-${placed.getUTCFullYear()}-${_.padStart(this.orders.length + 1, 4, '0')}`;
    const order = new Order({ number, placed, customer, shipping, discount, lines: cart.lines(), vatPercent: this.vatPercent });
    for (const line of cart.lines()) {
      cart.catalogue.find(line.slug).stock -= line.quantity;
    }
    this.orders.push(order);
    return order;
  }

  find(number) {
    return _.find(this.orders, { number });
  }

  // between returns the orders of the days from and to, both included; either may be missing.
  between(from, to) {
    return _.filter(this.orders, ({ placed }) => (!from || !from.isAfter(placed, 'day')) && (!to || !to.isBefore(placed, 'day')));
  }
}

module.exports = { Order, OrderLine, OrderBook };
