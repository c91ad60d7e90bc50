'use strict';

const fs = require('fs');
const path = require('path');
const handlebars = require('handlebars');
const nodemailer = require('nodemailer');

const folder = path.join(__dirname, '..', 'mails');

function template(name) {
  return handlebars.compile(fs.readFileSync(path.join(folder, name), 'utf8'), { noEscape: !name.endsWith('.html.hbs') });
}

// Mailer writes and sends the letters of the shop.
class Mailer {
  constructor({ from, transport, shop }) {
    this.from = from;
    this.shop = shop;
    this.transport = nodemailer.createTransport(transport);
    this.templates = {
      confirmation: { text: template('confirmation.txt.hbs'), html: template('confirmation.html.hbs') },
      voucher: { text: template('voucher.txt.hbs') },
    };
  }

  render(name, data) {
    const made = {};
    for (const [kind, write] of Object.entries(this.templates[name])) {
      made[kind] = write({ shop: this.shop, ...data });
    }
    return made;
  }

  confirmation(order, { delivery, link }) {
    return this.send({ to: order.customer, subject: `Your order ${order.number}`, ...this.render('confirmation', { order, delivery, link }) });
  }

  voucher(to, { amount, code }) {
    return this.send({ to, subject: `A voucher of ${amount}`, ...this.render('voucher', { to, amount, code }) });
  }

  send({ to, ...message }) {
    return this.transport.sendMail({ from: this.from, to: { name: to.name, address: to.email }, ...message });
  }
}

module.exports = { Mailer };
