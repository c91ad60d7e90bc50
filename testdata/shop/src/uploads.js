'use strict';

const multer = require('multer');

const signatures = [
  { type: 'image/png', bytes: Buffer.from([0x89, 0x50, 0x4e, 0x47]) },
  { type: 'image/jpeg', bytes: Buffer.from([0xff, 0xd8, 0xff]) },
];

// kind looks at the first bytes; what the browser says of the type is not believed.
function kind(buffer) {
  const found = signatures.find(({ bytes }) => buffer.subarray(0, bytes.length).equals(bytes));
  return found ? found.type : null;
}

// picture returns a handler that accepts one picture in the field of that name.
function picture(field, maxBytes) {
  const accept = multer({ storage: multer.memoryStorage(), limits: { fileSize: maxBytes, files: 1, fields: 5 } }).single(field);
  return (req, res, next) => accept(req, res, (err) => {
    if (err && err.code === 'LIMIT_FILE_SIZE') {
      return res.status(413).json({ error: `The picture is larger than ${maxBytes} bytes.` });
    }
    if (err) {
      return res.status(400).json({ error: 'The upload could not be read.' });
    }
    if (!req.file) {
      return res.status(400).json({ error: `There is no file in the field "${field}".` });
    }
    req.file.kind = kind(req.file.buffer);
    if (!req.file.kind) {
      return res.status(415).json({ error: 'Only PNG and JPEG pictures are accepted.' });
    }
    return next();
  });
}

module.exports = { picture, kind };
