/** A number whose text in its document is not what JavaScript would print: `1.10`, `0042`, `1E3`, `-0`, long decimals. */
export class NumberText {
  /** As it stands in the document. */
  readonly text: string;
  /** What it is calculated with: exact where it is a whole number, else the nearest double. */
  readonly value: number | bigint;

  constructor(text: string, value: number | bigint) {
    this.text = text;
    this.value = value;
  }
}
