'use strict';

const jwt = require('jsonwebtoken');

// Tokens signs the three kinds of token that the shop hands out. One kind is never taken for another.
class Tokens {
  constructor(secret) {
    this.secret = secret;
  }

  staff(name) {
    return jwt.sign({ role: 'staff' }, this.secret, { subject: name, audience: 'staff', expiresIn: '8h' });
  }

  receipt(number) {
    return jwt.sign({}, this.secret, { subject: number, audience: 'receipt', expiresIn: '30d' });
  }

  voucher(cents, id) {
    return jwt.sign({ cents }, this.secret, { jwtid: id, audience: 'voucher', expiresIn: '365d' });
  }

  // read returns the claims of a valid token for that audience, or null.
  read(token, audience) {
    try {
      return jwt.verify(token, this.secret, { algorithms: ['HS256'], audience });
    } catch (err) {
      return null;
    }
  }
}

module.exports = { Tokens };
