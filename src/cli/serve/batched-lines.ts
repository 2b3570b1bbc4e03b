/** Takes lines, and writes those of one turn of the event loop together: one system call instead of hundreds. */
export function batchLines(write: (text: string) => void): { write(line: string): void; flush(): void } {
  let waiting: string[] = [];
  const flush = () => {
    if (waiting.length === 0) return;
    const text = waiting.join("");
    waiting = [];
    write(text);
  };
  return {
    write: (line) => {
      if (waiting.push(line) === 1) setImmediate(flush);
    },
    flush,
  };
}
