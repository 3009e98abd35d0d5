/** Draws the extension's icons: `node scripts/icons.ts`. A session between two arrows: loaded from, saved to a record. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { ROOT } from './project.ts';

const BLUE = [11, 87, 208, 255] as const;
const WHITE = [255, 255, 255, 255] as const;
const CLEAR = [0, 0, 0, 0] as const;

/** Colour at a place of the unit square. */
function colourAt(x: number, y: number): readonly number[] {
  const dx = x - 0.5;
  const dy = y - 0.5;
  const radius = Math.hypot(dx, dy);
  if (radius > 0.5) return CLEAR;
  if (radius < 0.14) return WHITE;
  const angle = Math.atan2(dy, dx);
  // Two arcs of a ring, open at the sides.
  if (radius > 0.26 && radius < 0.36 && Math.abs(Math.sin(angle)) > 0.35) return WHITE;
  return BLUE;
}

const SAMPLES = 4;

function draw(size: number): Buffer {
  const rows: Buffer[] = [];
  for (let y = 0; y < size; y++) {
    const row = Buffer.alloc(1 + size * 4);
    for (let x = 0; x < size; x++) {
      const sums = [0, 0, 0, 0];
      for (let sample = 0; sample < SAMPLES * SAMPLES; sample++) {
        const colour = colourAt(
          (x + ((sample % SAMPLES) + 0.5) / SAMPLES) / size,
          (y + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES) / size,
        );
        const alpha = colour[3]! / 255;
        for (let channel = 0; channel < 3; channel++) sums[channel]! += colour[channel]! * alpha;
        sums[3]! += alpha;
      }
      for (let channel = 0; channel < 3; channel++)
        row[1 + x * 4 + channel] = sums[3] === 0 ? 0 : Math.round(sums[channel]! / sums[3]!);
      row[1 + x * 4 + 3] = Math.round((sums[3]! / (SAMPLES * SAMPLES)) * 255);
    }
    rows.push(row);
  }
  return png(size, Buffer.concat(rows));
}

function png(size: number, pixels: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

for (const size of [16, 32, 48, 96, 128]) writeFileSync(join(ROOT, 'public', 'icon', `${size}.png`), draw(size));
