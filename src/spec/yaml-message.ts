/**
 * What a parser of YAML says is wrong, without what it quotes from the text: a password that nobody put in quotes is an
 * alias (`*pa55`), a tag (`!pa55`) or the head of a block (`|pa55`) to it, and its message goes to a comment.
 */
export function yamlMessage(said: string): string {
  const [first = ''] = said.split('\n');
  return first.replace(/:\s.*$/, '').replace(/\s+["!<].*$/, '');
}
