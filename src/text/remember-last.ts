/**
 * The same function, which keeps its last answers: the objects of one manifest often name one document, which is then
 * read once. Answers are told apart by the text, and must not change.
 */
export function rememberLast<T>(parse: (text: string) => T, kept = 4): (text: string) => T {
  const answers = new Map<string, T>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = parse(text);
    for (const oldest of answers.size < kept ? [] : answers.keys().take(1)) answers.delete(oldest);
    answers.set(text, answer);
    return answer;
  };
}
