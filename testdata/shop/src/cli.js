'use strict';

const fs = require('fs');
const minimist = require('minimist');
const config = require('./config');
const { createApp } = require('./app');
const { readPrices } = require('./supplier');
const { Tokens } = require('./tokens');
const money = require('./money');

const usage = `usage: quayside serve [--host HOST] [--port PORT]
       quayside prices FILE...
       quayside voucher --amount EUR --id ID
`;

// run is the command line without the process around it: it returns the exit status.
function run(args, { stdout, stderr, env }) {
  const options = minimist(args, {
    string: ['host', 'amount', 'id'],
    boolean: ['help'],
    alias: { h: 'help', p: 'port' },
    default: { host: '127.0.0.1', port: 3000 },
  });
  const [command, ...rest] = options._;
  const secret = env.QUAYSIDE_SECRET;

  if (options.help || !command) {
    stdout.write(usage);
    return options.help ? 0 : 2;
  }
  switch (command) {
    case 'serve': {
      const app = createApp({ overrides: secret ? { secret } : {} });
      app.listen(options.port, options.host, () => stdout.write(`listening on ${options.host}:${options.port}\n`));
      return 0;
    }
    case 'prices': {
      let status = rest.length === 0 ? 2 : 0;
      for (const file of rest) {
        try {
          const { supplier, changes } = readPrices(fs.readFileSync(file, 'utf8'));
          stdout.write(`${file}: ${Object.keys(changes).length} prices of ${supplier}\n`);
        } catch (err) {
          stderr.write(`${file}: ${err.message}\n`);
          status = 1;
        }
      }
      return status;
    }
    case 'voucher': {
      const tokens = new Tokens(config.load(secret ? { secret } : {}).secret);
      stdout.write(`${tokens.voucher(money.parse(options.amount), options.id)}\n`);
      return 0;
    }
    default:
      stderr.write(`unknown command ${command}\n${usage}`);
      return 2;
  }
}

module.exports = { run };
