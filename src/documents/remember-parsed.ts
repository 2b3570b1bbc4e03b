/** Most characters of texts whose answers are known: all documents of one manifest fit. */
const mostCharacters = 2 * 1024 * 1024;

interface Answer<T> {
  readonly value?: T;
  readonly thrown?: unknown;
}

/**
 * The same function, which knows its answers, also the failed ones, at least until the work under way ends: many
 * objects of one manifest may name one document, which is then read once. Later an answer may be forgotten, so that
 * nothing is kept alive for this alone. Answers are shared, and must not change.
 */
export function rememberParsed<T>(parse: (text: string) => T): (text: string) => T {
  const answers = new Map<string, WeakRef<Answer<T>>>();
  let characters = 0;
  const remember = (text: string, answer: Answer<T>) => {
    if (!answers.has(text)) characters += text.length;
    answers.set(text, new WeakRef(answer));
    for (const oldest of answers.keys()) {
      if (characters <= mostCharacters) return;
      answers.delete(oldest);
      characters -= oldest.length;
    }
  };
  return (text) => {
    const known = answers.get(text)?.deref();
    const answer = known ?? attempt(parse, text);
    if (known === undefined) remember(text, answer);
    if ("thrown" in answer) throw answer.thrown;
    return answer.value as T;
  };
}

function attempt<T>(parse: (text: string) => T, text: string): Answer<T> {
  try {
    return { value: parse(text) };
  } catch (thrown) {
    return { thrown };
  }
}
