/**
 * NumPy's random numbers, to the last bit: `SeedSequence`, `PCG64`, `Generator.uniform`, `Generator.standard_normal`.
 *
 * `env.reset(seed=s)` of Gymnasium draws from `Generator(PCG64(SeedSequence(s)))`, so seed 7 is the same episode here.
 * What disturbs an episode draws from streams of its own, `SeedSequence([seed, stream, number])`. 64-bit arithmetic is done
 * with BigInt.
 * Source: numpy/random/{bit_generator.pyx,_pcg64.pyx,src/pcg64/pcg64.h,src/distributions/distributions.c}
 */
import tables from "./ziggurat_tables.json";

const MASK_32 = 0xffffffffn;
const MASK_64 = (1n << 64n) - 1n;
const MASK_128 = (1n << 128n) - 1n;
const MASK_52 = (1n << 52n) - 1n;

const POOL_SIZE = 4;

/** Streams of an episode's seed beside the reset's own. */
export const RANDOM_PUSHES = 1;
export const OBSERVATION_NOISE = 2;
export const ACTION_NOISE = 3;
export const SAMPLED_ACTIONS = 4;

/** What NumPy's SeedSequence takes: a seed, or a seed, a stream and a number in it. */
export type Entropy = number | readonly [seed: number, stream: number, number: number];

/** The hash of SeedSequence: each use changes its constant. */
class Hash {
  constructor(
    private constant: number,
    private readonly multiplier: number,
  ) {}

  mix(word: number): number {
    let value = word ^ this.constant;
    this.constant = Math.imul(this.constant, this.multiplier);
    value = Math.imul(value, this.constant);
    return (value ^ (value >>> 16)) >>> 0;
  }
}

function mixPair(x: number, y: number): number {
  const result = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) | 0;
  return (result ^ (result >>> 16)) >>> 0;
}

/** A non-negative integer as 32-bit words, the lowest first; 0 is one word. */
function words32(entropy: number): number[] {
  const words: number[] = [];
  let rest = BigInt(entropy);
  do {
    words.push(Number(rest & MASK_32));
    rest >>= 32n;
  } while (rest > 0n);
  return words;
}

/** `SeedSequence(entropy).generate_state(4, uint64)`. Raises where `entropy` has no non-negative safe integers. */
export function seedWords(entropy: Entropy): readonly [bigint, bigint, bigint, bigint] {
  const parts = typeof entropy === "number" ? [entropy] : entropy;
  for (const part of parts) {
    if (!Number.isSafeInteger(part) || part < 0)
      throw new RangeError(`A seed is a non-negative integer up to 2^53 - 1, as Gymnasium's: got ${part}.`);
  }
  const hash = new Hash(0x43b0d7e5, 0x931e8875);
  const words = parts.flatMap(words32);
  const pool = new Uint32Array(POOL_SIZE);
  for (let i = 0; i < POOL_SIZE; i++) pool[i] = hash.mix(words[i] ?? 0);
  for (let source = 0; source < POOL_SIZE; source++) {
    for (let target = 0; target < POOL_SIZE; target++) {
      if (source !== target) pool[target] = mixPair(pool[target] ?? 0, hash.mix(pool[source] ?? 0));
    }
  }
  // A seed has two words at most, a stream and a number below 2^32 one each: NumPy's third round of mixing never applies.
  const output = new Hash(0x8b51f9dd, 0x58f38ded);
  const state = Array.from({ length: 8 }, (_, i) => BigInt(output.mix(pool[i % POOL_SIZE] ?? 0)));
  const pair = (i: number): bigint => (state[2 * i] ?? 0n) | ((state[2 * i + 1] ?? 0n) << 32n);
  return [pair(0), pair(1), pair(2), pair(3)];
}

const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

/** PCG XSL-RR 128/64. */
export class PCG64 {
  private state = 0n;
  private readonly increment: bigint;

  constructor(seed: Entropy) {
    const [stateHigh, stateLow, incrementHigh, incrementLow] = seedWords(seed);
    this.increment = ((((incrementHigh << 64n) | incrementLow) << 1n) | 1n) & MASK_128;
    this.advance();
    this.state = (this.state + ((stateHigh << 64n) | stateLow)) & MASK_128;
    this.advance();
  }

  private advance(): void {
    this.state = (this.state * MULTIPLIER + this.increment) & MASK_128;
  }

  nextUint64(): bigint {
    this.advance();
    const folded = (this.state >> 64n) ^ (this.state & MASK_64);
    const turn = this.state >> 122n;
    return ((folded >> turn) | (folded << (64n - turn))) & MASK_64;
  }

  /** In [0, 1), 53 bits. */
  nextDouble(): number {
    return Number(this.nextUint64() >> 11n) * 2 ** -53;
  }
}

function bytes(base64: string): ArrayBuffer {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}

const KI = new BigUint64Array(bytes(tables.ki));
const WI = new Float64Array(bytes(tables.wi));
const FI = new Float64Array(bytes(tables.fi));
/** Where the ziggurat's tail begins. */
const TAIL = 3.654152885361009;
const INVERSE_TAIL = 0.27366123732975828;

/** `numpy.random.Generator(PCG64(SeedSequence(entropy)))`. */
export class Generator {
  private readonly bits: PCG64;

  constructor(seed: Entropy) {
    this.bits = new PCG64(seed);
  }

  /** One element of `uniform(low, high, size=…)`. */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.bits.nextDouble();
  }

  /**
   * One element of `standard_normal(size=…)`.
   *
   * The tail (one draw in some 3,600) takes a logarithm, which the C library of Python and the engine of the browser
   * may round differently in the last bit.
   */
  standardNormal(): number {
    for (;;) {
      const word = this.bits.nextUint64();
      const layer = Number(word & 0xffn);
      const negative = ((word >> 8n) & 1n) === 1n;
      const magnitude = (word >> 9n) & MASK_52;
      const x = Number(magnitude) * (WI[layer] ?? Number.NaN) * (negative ? -1 : 1);
      if (magnitude < (KI[layer] ?? 0n)) return x;
      if (layer === 0) return this.tail(((magnitude >> 8n) & 1n) === 1n);
      const below = FI[layer - 1] ?? Number.NaN;
      const here = FI[layer] ?? Number.NaN;
      if ((below - here) * this.bits.nextDouble() + here < Math.exp(-0.5 * x * x)) return x;
    }
  }

  private tail(negative: boolean): number {
    for (;;) {
      const x = -INVERSE_TAIL * Math.log1p(-this.bits.nextDouble());
      const y = -Math.log1p(-this.bits.nextDouble());
      if (y + y > x * x) return negative ? -(TAIL + x) : TAIL + x;
    }
  }
}
