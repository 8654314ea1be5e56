/** Sizes that Windows shows; an icon file holds PNG images since Vista. */
const icoSizes = [16, 24, 32, 48, 64, 128, 256]

/** Types of Apple's icon files that hold PNG images, with their sizes in pixels. */
const icnsTypes = {
  icp4: 16,
  icp5: 32,
  icp6: 64,
  ic07: 128,
  ic08: 256,
  ic09: 512,
  ic10: 1024,
  ic11: 32,
  ic12: 64,
  ic13: 256,
  ic14: 512
}

/**
 * An .ico file: a directory of 16 bytes an image, then the images.
 * @param {Map<number, Buffer>} images PNG files by their size in pixels
 */
export function toIco(images) {
  const header = Buffer.alloc(6)
  header.writeUInt16LE(1, 2)
  header.writeUInt16LE(icoSizes.length, 4)
  let offset = 6 + 16 * icoSizes.length
  const directory = icoSizes.map((size) => {
    const png = images.get(size)
    const entry = Buffer.alloc(16)
    // 256 is written as 0.
    entry.writeUInt8(size % 256, 0)
    entry.writeUInt8(size % 256, 1)
    entry.writeUInt16LE(1, 4)
    entry.writeUInt16LE(32, 6)
    entry.writeUInt32LE(png.length, 8)
    entry.writeUInt32LE(offset, 12)
    offset += png.length
    return entry
  })
  return Buffer.concat([header, ...directory, ...icoSizes.map((size) => images.get(size))])
}

/** An .icns file: `icns`, its length, and for each image a type, a length and the PNG file. */
export function toIcns(images) {
  const parts = Object.entries(icnsTypes).flatMap(([type, size]) => block(type, images.get(size)))
  return block('icns', Buffer.concat(parts))
}

function block(type, content) {
  const header = Buffer.alloc(8)
  header.write(type, 'latin1')
  header.writeUInt32BE(content.length + 8, 4)
  return Buffer.concat([header, content])
}
