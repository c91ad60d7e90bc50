'use strict';

const countries = ['DE', 'DK', 'NL', 'SE'];
const postcodes = { DE: /^\d{5}$/, DK: /^\d{4}$/, NL: /^\d{4} ?[A-Z]{2}$/, SE: /^\d{3} ?\d{2}$/ };
const mailbox = /^[^\s@<>"]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$/i;

// address returns what was understood of a checkout form, and what is wrong with it, by field.
function address(form) {
  const value = (name) => (typeof form[name] === 'string' ? form[name].trim() : '');
  const fields = {
    name: value('name'),
    email: value('email').toLowerCase(),
    street: value('street'),
    postcode: value('postcode').toUpperCase(),
    city: value('city'),
    country: value('country').toUpperCase(),
    language: value('language') === 'de' ? 'de' : 'en',
  };
  const errors = {};
  if (fields.name.length < 2 || fields.name.length > 80) {
    errors.name = 'Please tell us your name.';
  }
  if (!mailbox.test(fields.email)) {
    errors.email = 'That does not look like an e-mail address.';
  }
  if (fields.street.length < 3) {
    errors.street = 'Please give street and number.';
  }
  if (fields.city.length < 2) {
    errors.city = 'Please give a town.';
  }
  if (!countries.includes(fields.country)) {
    errors.country = `We deliver to ${countries.join(', ')}.`;
  } else if (!postcodes[fields.country].test(fields.postcode)) {
    errors.postcode = `That is no postcode of ${fields.country}.`;
  }
  return { fields, errors, ok: Object.keys(errors).length === 0 };
}

// quantity returns a whole number from 0 to 99, or NaN.
function quantity(text) {
  return /^\d{1,2}$/.test(String(text)) ? Number(text) : NaN;
}

module.exports = { address, quantity, countries };
