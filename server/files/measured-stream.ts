import { createHash } from "node:crypto";
import { Transform, type TransformCallback } from "node:stream";
import { BlobError } from "@/server/files/blob-store";
import { type DetectedType, TypeDetector } from "@/server/files/detect-type";

export interface Measurement {
  size: number;
  sha256: string;
  detectedType: DetectedType;
}

/** Passes bytes on while counting, hashing and looking at them; breaks off with FILE_TOO_LARGE above the limit. */
export class MeasuredStream extends Transform {
  private size = 0;
  private readonly hash = createHash("sha256");
  private readonly detector = new TypeDetector();

  constructor(
    private readonly file: { name: string; contentType?: string | undefined },
    private readonly maxBytes: number,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.size += chunk.length;
    if (this.size > this.maxBytes) {
      done(new BlobError("FILE_TOO_LARGE", `"${this.file.name}" is larger than ${inMebibytes(this.maxBytes)}.`));
      return;
    }
    this.hash.update(chunk);
    this.detector.push(chunk);
    done(null, chunk);
  }

  /** To be called once, after the stream has ended. */
  measurement(): Measurement {
    return {
      size: this.size,
      sha256: this.hash.digest("hex"),
      detectedType: this.detector.finish(this.file.name, this.file.contentType),
    };
  }
}

function inMebibytes(bytes: number): string {
  const mebibytes = bytes / (1024 * 1024);
  return mebibytes >= 1 ? `${Number(mebibytes.toFixed(1))} MiB` : `${bytes} bytes`;
}
