'use strict';

const moment = require('moment');

const languages = ['en', 'de'];

// deliveryDay returns the day that lies so many working days after from.
function deliveryDay(from, workingDays) {
  const day = moment.utc(from).startOf('day');
  let left = workingDays;
  while (left > 0) {
    day.add(1, 'day');
    if (day.isoWeekday() <= 5) {
      left--;
    }
  }
  return day;
}

function describe(day, language = 'en') {
  const shape = language === 'de' ? 'dddd, D. MMMM YYYY' : 'dddd D MMMM YYYY';
  return moment.utc(day).locale(language).format(shape);
}

function ago(day, now) {
  return moment.utc(day).from(moment.utc(now));
}

// parseDay reads a day as staff type it, strictly; null stands for anything else.
function parseDay(text) {
  const day = moment.utc(text, ['YYYY-MM-DD', 'D.M.YYYY'], true);
  return day.isValid() ? day : null;
}

function stamp(day) {
  return moment.utc(day).format('YYYY-MM-DD[T]HH:mm:ss[Z]');
}

module.exports = { languages, deliveryDay, describe, ago, parseDay, stamp };
