/**
 * OKLCH to sRGB, after Björn Ottosson, "A perceptual color space for image processing" (2020): equal steps of
 * lightness
 * look equal, which d3-color's spaces do not give.
 */
export interface Oklch {
  /** 0 to 1. */
  lightness: number
  /** 0 (grey) to about 0.3. */
  chroma: number
  /** Degrees. */
  hue: number
}

/** Red, green and blue, 0 to 255; chroma is lowered until the colour fits the screen's gamut. */
export function oklchToRgb({ lightness, chroma, hue }: Oklch): [number, number, number] {
  for (let c = chroma; ; c -= 0.004) {
    const linear = toLinear(lightness, Math.max(0, c), (hue * Math.PI) / 180)
    if (c <= 0 || linear.every((channel) => channel >= -0.0005 && channel <= 1.0005)) {
      return linear.map((channel) => Math.round(encode(channel) * 255)) as [number, number, number]
    }
  }
}

export function rgbToHex([red, green, blue]: readonly [number, number, number]): string {
  return `#${[red, green, blue].map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}

function toLinear(lightness: number, chroma: number, angle: number): [number, number, number] {
  const a = chroma * Math.cos(angle)
  const b = chroma * Math.sin(angle)
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short
  ]
}

function encode(linear: number): number {
  const x = Math.min(1, Math.max(0, linear))
  return x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055
}
