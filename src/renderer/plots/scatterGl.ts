import { rgb } from 'd3-color'
import { classMarker, markerNames, markerPath } from './markers'
import { pointAlpha, pointsByClass, type ScatterPoints, type ScatterStyle, type ScatterView } from './scatter'

/** Draws all points of a scatter on the graphics processor, or on the browser's software renderer. */
export interface ScatterGl {
  /**
   * @param depth of every point, from -1 (front) to 1, for a picture in three dimensions; null in the plane
   * @param size of the canvas in CSS pixels
   */
  draw(
    points: ScatterPoints,
    depth: Float32Array | null,
    view: ScatterView,
    style: ScatterStyle,
    size: { width: number; height: number; ratio: number }
  ): void
  dispose(): void
}

/** What the points look like, in the order in which they are drawn. */
export interface ScatterLooks {
  /** Points, the dimmed ones first, and the rarest class on top. */
  order: Uint32Array
  /** Colour of every point: red, green, blue and opacity from 0 to 255. */
  colours: Uint8Array
  /** Place of every point's marker among `markerNames`. */
  markers: Uint8Array
}

/** The same order, colours and shapes as `drawPoints`. */
export function scatterLooks(classes: Int32Array, style: ScatterStyle): ScatterLooks {
  const { dimmed } = style
  const colours = new Uint8Array(classes.length * 4)
  const markers = new Uint8Array(classes.length)
  const order = new Uint32Array(classes.length)
  const groups = [...pointsByClass(classes)]
  let drawn = 0
  for (const pass of dimmed ? [1, 0] : [0])
    for (const [, members] of groups)
      for (const point of members) if (!dimmed || dimmed[point] === pass) order[drawn++] = point
  for (const [classId, members] of groups) {
    const { r, g, b } = rgb(style.color(classId))
    const marker = markerNames.indexOf(classMarker(classId))
    for (const point of members) {
      markers[point] = marker
      colours.set([r, g, b, 255 * (dimmed?.[point] ? style.dimmedAlpha : pointAlpha)], 4 * point)
    }
  }
  return { order, colours, markers }
}

/** A star of five reaches this many times the radius of the circle of the same area. */
const markerReach = 1.75
/** Side of a marker's picture, in texels. */
const markerSide = 64

const vertexShader = `#version 300 es
in vec2 place;
in float depth;
in vec4 colour;
in float marker;
uniform vec3 view;
uniform vec2 size;
uniform float pixels;
out vec4 ink;
flat out float layer;
void main() {
  vec2 at = vec2(place.x * view.x + view.y, view.z - place.y * view.x);
  gl_Position = vec4(2.0 * at.x / size.x - 1.0, 1.0 - 2.0 * at.y / size.y, depth * 0.99, 1.0);
  gl_PointSize = pixels * (1.0 - 0.3 * depth);
  ink = colour;
  layer = marker;
}`

const fragmentShader = `#version 300 es
precision mediump float;
precision mediump sampler2DArray;
in vec4 ink;
flat in float layer;
uniform sampler2DArray shapes;
uniform float cut;
out vec4 result;
void main() {
  float alpha = ink.a * texture(shapes, vec3(gl_PointCoord, layer)).r;
  if (alpha < cut) discard;
  result = vec4(ink.rgb * alpha, alpha);
}`

/** Null where the browser gives no WebGL 2 context: the points are then drawn by `drawPoints`. */
export function createScatterGl(canvas: HTMLCanvasElement): ScatterGl | null {
  const gl = canvas.getContext('webgl2', { antialias: false, premultipliedAlpha: true, depth: true })
  if (!gl || gl.isContextLost()) return null
  const program = link(gl)
  if (!program) return null
  const uniform = (name: string): WebGLUniformLocation | null => gl.getUniformLocation(program, name)
  const uniforms = {
    view: uniform('view'),
    size: uniform('size'),
    pixels: uniform('pixels'),
    cut: uniform('cut'),
    shapes: uniform('shapes')
  }
  const buffers = {
    place: attribute(gl, program, 'place', 2, gl.FLOAT),
    depth: attribute(gl, program, 'depth', 1, gl.FLOAT),
    colour: attribute(gl, program, 'colour', 4, gl.UNSIGNED_BYTE),
    marker: attribute(gl, program, 'marker', 1, gl.UNSIGNED_BYTE)
  }
  const order = gl.createBuffer()
  const texture = markerTexture(gl, canvas.ownerDocument)
  /** What the buffers hold: only what changed is sent again. */
  const sent: { positions?: Float32Array; depth?: Float32Array | null; classes?: Int32Array; style?: ScatterStyle } = {}

  function send({ positions, classes }: ScatterPoints, depth: Float32Array | null, style: ScatterStyle): void {
    const fill = (buffer: WebGLBuffer | null, data: Float32Array | Uint8Array): void => {
      gl!.bindBuffer(gl!.ARRAY_BUFFER, buffer)
      gl!.bufferData(gl!.ARRAY_BUFFER, data, gl!.DYNAMIC_DRAW)
    }
    if (sent.positions !== positions) fill(buffers.place, positions)
    if (sent.depth !== depth || sent.classes?.length !== classes.length)
      fill(buffers.depth, depth ?? new Float32Array(classes.length))
    const { style: last } = sent
    if (
      sent.classes !== classes ||
      last?.color !== style.color ||
      last.dimmed !== style.dimmed ||
      last.dimmedAlpha !== style.dimmedAlpha
    ) {
      const looks = scatterLooks(classes, style)
      fill(buffers.colour, looks.colours)
      fill(buffers.marker, looks.markers)
      gl!.bindBuffer(gl!.ELEMENT_ARRAY_BUFFER, order)
      gl!.bufferData(gl!.ELEMENT_ARRAY_BUFFER, looks.order, gl!.DYNAMIC_DRAW)
    }
    Object.assign(sent, { positions, depth, classes, style })
  }

  return {
    draw(points, depth, view, style, { width, height, ratio }) {
      if (gl.isContextLost()) return
      gl.useProgram(program)
      send(points, depth, style)
      gl.viewport(0, 0, Math.round(width * ratio), Math.round(height * ratio))
      gl.clearColor(0, 0, 0, 0)
      gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT)
      gl.enable(gl.BLEND)
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
      // In depth a point hides what is behind it, so its edge is cut instead of blended.
      if (depth) gl.enable(gl.DEPTH_TEST)
      else gl.disable(gl.DEPTH_TEST)
      gl.uniform1f(uniforms.cut, depth ? 0.08 : 0.002)
      gl.uniform3f(uniforms.view, view.scale, view.left, view.top)
      gl.uniform2f(uniforms.size, width, height)
      gl.uniform1f(uniforms.pixels, 2 * markerReach * style.radius * ratio)
      gl.uniform1i(uniforms.shapes, 0)
      gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture)
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, order)
      gl.drawElements(gl.POINTS, points.classes.length, gl.UNSIGNED_INT, 0)
    },
    dispose() {
      gl.getExtension('WEBGL_lose_context')?.loseContext()
    }
  }
}

function link(gl: WebGL2RenderingContext): WebGLProgram | null {
  const program = gl.createProgram()
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, vertexShader],
    [gl.FRAGMENT_SHADER, fragmentShader]
  ] as const) {
    const shader = gl.createShader(kind)
    if (!shader) return null
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    gl.attachShader(program, shader)
  }
  gl.linkProgram(program)
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null
}

function attribute(
  gl: WebGL2RenderingContext,
  program: WebGLProgram,
  name: string,
  size: number,
  type: number
): WebGLBuffer {
  const buffer = gl.createBuffer()
  const location = gl.getAttribLocation(program, name)
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer)
  gl.enableVertexAttribArray(location)
  gl.vertexAttribPointer(location, size, type, name === 'colour', 0, 0)
  return buffer
}

/** Every marker as a picture of its own, so that shapes are exactly those of the legend and of exported figures. */
function markerTexture(gl: WebGL2RenderingContext, document: Document): WebGLTexture {
  const texture = gl.createTexture()
  gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture)
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = markerSide
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  const texels = new Uint8Array(markerSide * markerSide * markerNames.length)
  const radius = markerSide / 2 / markerReach
  markerNames.forEach((name, layer) => {
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, markerSide, markerSide)
    context.translate(markerSide / 2, markerSide / 2)
    context.fill(new Path2D(markerPath(name, Math.PI * radius * radius)))
    const { data } = context.getImageData(0, 0, markerSide, markerSide)
    for (let i = 0; i < markerSide * markerSide; i++) texels[layer * markerSide * markerSide + i] = data[4 * i + 3]!
  })
  const { length } = markerNames
  gl.texImage3D(gl.TEXTURE_2D_ARRAY, 0, gl.R8, markerSide, markerSide, length, 0, gl.RED, gl.UNSIGNED_BYTE, texels)
  gl.generateMipmap(gl.TEXTURE_2D_ARRAY)
  gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR)
  gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE)
  gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE)
  return texture
}
