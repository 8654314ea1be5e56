import * as tf from '@tensorflow/tfjs-core'
import type { Tensor } from '@tensorflow/tfjs-core'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend'
import type { TFEOpAttr } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding'
import type { Activation, AttentionInput } from './kernels'

const activationNumbers = { none: 0, gelu: 1, geluTanh: 2, relu: 3, silu: 4, tanh: 5 } as const
type NativeActivation = keyof typeof activationNumbers

/** Whether our C++ computes it; the others are made of TensorFlow's operations. */
export function isNativeActivation(activation: Activation): activation is NativeActivation {
  return Object.hasOwn(activationNumbers, activation)
}

/** As resources/native/vector.h numbers them. */
export function activationNumber(activation: Activation): number {
  if (!isNativeActivation(activation)) throw new Error(`There is no native ${activation}.`)
  return activationNumbers[activation]
}

export function lengthsTensor(batch: number, tokens: number, lengths: readonly number[] | undefined): Tensor {
  return tf.tensor1d(lengths ? [...lengths] : new Array<number>(batch).fill(tokens), 'int32')
}

const absent = new WeakMap<NodeJSKernelBackend, Tensor>()

/** A TensorFlow operation has no optional inputs: one that is missing is a tensor without elements, kept once. */
export function absentTensor(backend: NodeJSKernelBackend): Tensor {
  const made = absent.get(backend) ?? tf.keep(tf.tensor1d([], 'float32'))
  absent.set(backend, made)
  return made
}

/** Attributes of our operations in the form that TensorFlow's binding takes. */
export interface AttributeMakers {
  int(name: string, value: number): TFEOpAttr
  float(name: string, value: number): TFEOpAttr
  bool(name: string, value: boolean): TFEOpAttr
  ofAttention(input: Omit<AttentionInput, 'qkv' | 'batch' | 'tokens' | 'bias' | 'wantPattern'>): TFEOpAttr[]
}

export function attributeMakers({ binding }: NodeJSKernelBackend): AttributeMakers {
  const int = (name: string, value: number): TFEOpAttr => ({ name, type: binding.TF_ATTR_INT, value })
  const float = (name: string, value: number): TFEOpAttr => ({ name, type: binding.TF_ATTR_FLOAT, value })
  const bool = (name: string, value: boolean): TFEOpAttr => ({ name, type: binding.TF_ATTR_BOOL, value })
  return {
    int,
    float,
    bool,
    ofAttention: ({ heads, keyValueHeads, scale, scoreCap, causal, window }) => [
      int('heads', heads),
      int('key_value_heads', keyValueHeads ?? heads),
      float('scale', scale),
      float('score_cap', scoreCap ?? 0),
      bool('causal', causal ?? false),
      int('window', window ?? 0)
    ]
  }
}
