/** Writes protobuf messages, field by field. Source: protobuf.dev/programming-guides/encoding */

import { concatenated, varint } from "../policy/onnx/protobuf";

const LENGTH_DELIMITED = 2;

export class MessageWriter {
  private readonly parts: Uint8Array[] = [];

  /** A whole number from 0 on. */
  varint(field: number, value: number): this {
    this.parts.push(varint(field * 8), varint(value));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.parts.push(varint(field * 8 + LENGTH_DELIMITED), varint(value.length), value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, write: (message: MessageWriter) => void): this {
    const inner = new MessageWriter();
    write(inner);
    return this.bytes(field, inner.finish());
  }

  finish(): Uint8Array {
    return concatenated(this.parts);
  }
}
