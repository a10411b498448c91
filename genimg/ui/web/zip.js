// Puts files into a zip, as they are: pictures are small already. The format is PKWARE's APPNOTE.TXT, 6.3.10.
(function (root) {
  'use strict';
  const TABLE = Uint32Array.from({length: 256}, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n;
  });
  const crc32 = (bytes) => {
    let crc = 0xffffffff;
    for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
    return (crc ^ 0xffffffff) >>> 0;
  };
  // Writes numbers of so many bytes, the lowest byte first: numbers([2, 7], [4, 9]).
  const numbers = (...fields) => Uint8Array.from(
    fields.flatMap(([width, value]) => Array.from({length: width}, (_, i) => Math.floor(value / 256 ** i) % 256)));

  // Returns the parts of a zip of files, each {name, bytes, time}.
  const zip = (files) => {
    const parts = [], index = [];
    let at = 0;
    const put = (list, ...blocks) => { for (const block of blocks) list.push(block); };
    for (const {name, bytes, time} of files) {
      const title = new TextEncoder().encode(name), when = new Date(time);
      const clock = (when.getHours() << 11) | (when.getMinutes() << 5) | (when.getSeconds() >> 1);
      const day = ((when.getFullYear() - 1980) << 9) | ((when.getMonth() + 1) << 5) | when.getDate();
      // Version 2.0, names in UTF-8, nothing compressed.
      const told = [[2, 20], [2, 0x800], [2, 0], [2, clock], [2, day], [4, crc32(bytes)], [4, bytes.length],
        [4, bytes.length], [2, title.length], [2, 0]];
      put(parts, numbers([4, 0x04034b50], ...told), title, bytes);
      put(index, numbers([4, 0x02014b50], [2, 20], ...told, [2, 0], [2, 0], [2, 0], [4, 0], [4, at]), title);
      at += 30 + title.length + bytes.length;
    }
    const size = index.reduce((sum, {length}) => sum + length, 0);
    const end = numbers([4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, at], [2, 0]);
    return [...parts, ...index, end];
  };

  root.genimgZip = {crc32, zip};
})(globalThis);
