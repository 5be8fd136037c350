import type { Signature } from './git.ts';
import type { State, User } from './state.ts';

/** A user as git writes people. */
export function signatureOf(state: State, user: User): Signature {
  return { name: user.name, email: user.email, date: state.time() };
}

/** Who commits what is done on the site itself. */
export function webFlow(state: State): Signature {
  return { name: 'GitHub', email: 'noreply@github.com', date: state.time() };
}
