/** Where lines go. */
export interface LineSink {
  write(text: string): void;
  /** Bytes that the reader has not taken yet. */
  pending(): number;
  /** Lines were dropped while the reader took nothing; called when it takes again, with their number. */
  dropped(lines: number): void;
}

/** Bytes that wait for a slow reader at most; a pipe that nobody reads must not fill the memory. */
const maxPending = 1 << 20;

/**
 * Takes lines, and writes those of one turn of the event loop together: one system call instead of hundreds. Drops what
 * a reader that has stalled leaves no room for.
 */
export function batchLines(sink: LineSink): { write(line: string): void; flush(): void } {
  let waiting: string[] = [];
  let bytes = 0;
  let lost = 0;
  const flush = () => {
    if (waiting.length === 0) return;
    const text = waiting.join("");
    waiting = [];
    bytes = 0;
    sink.write(text);
  };
  const write = (line: string): void => {
    if (sink.pending() + bytes + line.length > maxPending) {
      lost += 1;
      return;
    }
    bytes += line.length;
    if (waiting.push(line) === 1) setImmediate(flush);
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    sink.dropped(lines);
  };
  return { write, flush };
}
