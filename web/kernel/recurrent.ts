/**
 * The gates of an LSTM and of a GRU, operation by operation as convert/export/onnx_recurrent.py composes them.
 *
 * `seen` and `kept` are what the two dense layers make of the input and of the hidden state, `gateStride` numbers a row;
 * a row of `state` has the `hidden` numbers of the hidden state, then those of an LSTM's cell.
 */
import { sigmoid } from "./activation";
import { tanh } from "./tanh";

export function lstm(
  seen: usize,
  kept: usize,
  gateStride: usize,
  state: usize,
  stateStride: usize,
  hidden: usize,
  rows: i32,
): void {
  const size = hidden << 3;
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < size; at += 8) {
      const input = sigmoid(sum(seen, kept, at));
      const forget = sigmoid(sum(seen, kept, at + size));
      const candidate = tanhOf(sum(seen, kept, at + 2 * size));
      const output = sigmoid(sum(seen, kept, at + 3 * size));
      const old = forget * f64.load(state + size + at);
      const cell = old + input * candidate;
      f64.store(state + size + at, cell);
      f64.store(state + at, output * tanhOf(cell));
    }
    seen += gateStride << 3;
    kept += gateStride << 3;
    state += stateStride << 3;
  }
}

export function gru(
  seen: usize,
  kept: usize,
  gateStride: usize,
  state: usize,
  stateStride: usize,
  hidden: usize,
  rows: i32,
): void {
  const size = hidden << 3;
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < size; at += 8) {
      const reset = sigmoid(sum(seen, kept, at));
      const update = sigmoid(sum(seen, kept, at + size));
      const keptNew = reset * f64.load(kept + at + 2 * size);
      const candidate = tanhOf(f64.load(seen + at + 2 * size) + keptNew);
      const difference = f64.load(state + at) - candidate;
      f64.store(state + at, difference * update + candidate);
    }
    seen += gateStride << 3;
    kept += gateStride << 3;
    state += stateStride << 3;
  }
}

function sum(one: usize, other: usize, at: usize): f64 {
  return f64.load(one + at) + f64.load(other + at);
}

function tanhOf(x: f64): f64 {
  return f64x2.extract_lane(tanh(f64x2.splat(x)), 0);
}
