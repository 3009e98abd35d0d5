/** A to-do list behind a login, as Passport's documentation writes it. */
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import { Strategy } from 'passport-local';

const users = new Map([['alice', { id: '1', username: 'alice', password: 'letmein' }]]);
const todos = [];
const page = (request, content) =>
  `<!doctype html><title>Todos</title><h1>todos</h1>${request.user ? `<p>${request.user.username}</p>` : ''}${content}`;

passport.use(
  new Strategy((username, password, done) => {
    const user = users.get(username);
    done(null, user?.password === password ? user : false, { message: 'Incorrect username or password.' });
  }),
);
passport.serializeUser((user, done) => done(null, { id: user.id, username: user.username }));
passport.deserializeUser((user, done) => done(null, user));

const app = express();
app.use(express.urlencoded({ extended: false }));
app.use(
  session({ secret: 'for a recording alone', resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }),
);
app.use(passport.session());
app.get('/', (request, response) => {
  if (!request.isAuthenticated()) return response.send(page(request, '<a href="/login">Sign in</a>'));
  const list = todos.map(({ title }) => `<li>${title}</li>`).join('');
  return response.send(
    page(
      request,
      `<form action="/" method="post"><input name="title"><button>Add</button></form><ul>${list}</ul>
       <form action="/logout" method="post"><button>Sign out</button></form>`,
    ),
  );
});
app.post('/', (request, response) => {
  if (request.isAuthenticated()) todos.push({ title: String(request.body.title) });
  response.redirect('/');
});
app.get('/login', (request, response) => {
  const messages = request.session.messages ?? [];
  if (messages.length > 0) request.session.messages = [];
  response.send(
    page(
      request,
      `${messages.join(' ')}<form action="/login/password" method="post"><input name="username">
       <input name="password" type="password"><button>Sign in</button></form>`,
    ),
  );
});
app.post(
  '/login/password',
  passport.authenticate('local', { successReturnToOrRedirect: '/', failureRedirect: '/login', failureMessage: true }),
);
app.post('/logout', (request, response, next) => {
  request.logout((error) => (error ? next(error) : response.redirect('/')));
});
app.listen(Number(process.env.PORT), '127.0.0.1');
