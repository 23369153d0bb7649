// A mail server that takes every mail and keeps it.
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

/** `mailbox.mails` has what came, oldest first: `{ to, mail }`. */
export async function openMailbox() {
  const mailbox = { mails: [] };
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    onData(stream, session, done) {
      simpleParser(stream).then((mail) => {
        mailbox.mails.push({ to: session.envelope.rcptTo[0].address, mail });
        done();
      }, done);
    },
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  mailbox.address = `smtp://127.0.0.1:${server.server.address().port}`;
  mailbox.of = (address) => mailbox.mails.filter(({ to }) => to === address).map(({ mail }) => mail);
  mailbox.close = () => new Promise((closed) => server.close(closed));
  return mailbox;
}
