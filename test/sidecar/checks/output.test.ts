import { expect, test } from 'vitest';
import { limitNote, TailBuffer } from '../../../sidecar/checks/output.ts';

const tailOf = (bytesMax: number, chunks: string[]) => {
  const tail = new TailBuffer(bytesMax);
  for (const chunk of chunks) tail.write(Buffer.from(chunk));
  return tail;
};

test.each([
  [[], ''],
  [['1234'], '1234'],
  [['12345'], '12345'],
  [['12', '34', '5'], '12345'],
  [['123456'], 'Captured 5 of 6 bytes\n...\n23456'],
  [['1234', '56'], 'Captured 5 of 6 bytes\n...\n23456'],
  [['1', '2345', '67', '8'], 'Captured 5 of 8 bytes\n...\n45678'],
  [['12345678901', '2'], 'Captured 5 of 12 bytes\n...\n89012'],
  [['abé'], 'abé'],
  [['éabcd'], 'Captured 5 of 6 bytes\n...\nabcd'],
  [['€abcd'], 'Captured 5 of 7 bytes\n...\nabcd'],
  [['😀abcd'], 'Captured 5 of 8 bytes\n...\nabcd'],
])('the last 5 bytes of %o', (chunks, described) => {
  expect(tailOf(5, chunks).describe()).toBe(described);
});

test('the tail equals the end of the text, however it is cut into chunks', () => {
  const text = 'abcdefghijklmnopqrstuvwxyz'.repeat(3);
  for (let chunkSize = 1; chunkSize <= text.length; chunkSize++) {
    for (const bytesMax of [1, 7, 26, 77]) {
      const chunks = text.match(new RegExp(`.{1,${chunkSize}}`, 'g'))!;
      const tail = tailOf(bytesMax, chunks);
      expect([String(tail), tail.written], `${chunkSize} ${bytesMax}`).toEqual([text.slice(-bytesMax), 78]);
    }
  }
});

test('bytes that are no text stay visible as such', () => {
  const tail = new TailBuffer(4);
  tail.write(Buffer.alloc(9, 0x80));
  expect(tail.describe()).toBe('Captured 4 of 9 bytes\n...\n\ufffd');
});

test.each([
  ['12345', '12345'],
  ['123456', '12345 ... (captured 5 of 6 bytes)'],
  ['1234é', '1234 ... (captured 5 of 6 bytes)'],
  ['12€4', '12€ ... (captured 5 of 6 bytes)'],
  ['', ''],
])('the first 5 bytes of the note %j', (note, limited) => {
  expect(limitNote(note, 5)).toBe(limited);
});

test('a note of 6000 bytes is cut as Consul cuts it', () => {
  const cut = limitNote('x'.repeat(6000), 4096);
  expect(cut).toBe(`${'x'.repeat(4096)} ... (captured 4096 of 6000 bytes)`);
});
