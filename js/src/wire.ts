/** The one codec of this half: `{dtype, shape, data}` from the kernel, little-endian and in C order. */

const constructors = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

export type Dtype = keyof typeof constructors;
export type TypedValues = InstanceType<(typeof constructors)[Dtype]>;

export interface Packed {
  dtype: string;
  shape: number[];
  data: ArrayBufferView<ArrayBuffer>;
}

export interface Tensor {
  dtype: Dtype;
  shape: number[];
  data: TypedValues;
}

function isDtype(dtype: string): dtype is Dtype {
  return Object.hasOwn(constructors, dtype);
}

function countOf(shape: number[]): number {
  return shape.reduce((product, length) => {
    if (!Number.isInteger(length) || length < 0) throw new RangeError(`bad shape [${shape}]`);
    return product * length;
  }, 1);
}

/** Read a packed array without copying, unless its bytes are not aligned for their type. */
export function unpack(packed: Packed): Tensor {
  const { dtype, shape, data } = packed;
  if (!isDtype(dtype)) throw new TypeError(`unknown dtype "${dtype}"`);
  const Values = constructors[dtype];
  const count = countOf(shape);
  const bytes = count * Values.BYTES_PER_ELEMENT;
  if (data.byteLength !== bytes) {
    throw new RangeError(`[${shape}] of ${dtype} needs ${bytes} bytes, not ${data.byteLength}`);
  }
  const aligned = data.byteOffset % Values.BYTES_PER_ELEMENT === 0;
  if (aligned) return { dtype, shape, data: new Values(data.buffer, data.byteOffset, count) };
  const copy = new Uint8Array(bytes);
  copy.set(new Uint8Array(data.buffer, data.byteOffset, bytes));
  return { dtype, shape, data: new Values(copy.buffer) };
}

/** Unpack what may be absent. */
export function unpackOptional(packed: Packed | null): Tensor | null {
  return packed === null || packed === undefined ? null : unpack(packed);
}

/** The inverse of {@link unpack}. */
export function pack(tensor: Tensor): Packed {
  const { dtype, shape, data } = tensor;
  return { dtype, shape, data: new DataView(data.buffer, data.byteOffset, data.byteLength) };
}
