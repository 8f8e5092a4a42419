"""The mail server, its password and a test."""

from gui.dialogs import ask
from gui.screens.settings_parts.forms import e_mail
from gui.texts import N_, _
from gui.widgets.form import not_empty
from gui.widgets.pages import Field, FieldsPage


def host(text: str) -> str | None:
    """The check of a server's name; empty: no mail."""
    plain = text.strip()
    wrong = "@" in plain or "/" in plain or " " in plain
    return _("Write only the name of the server, like smtp.school.org.") if wrong else None


def one_address(text: str) -> str | None:
    """The check of an address that must be there."""
    return not_empty(text) or e_mail(text)


class MailPage(FieldsPage):
    """Without a server no mail is sent."""

    title = N_("Mail")
    icon = "envelope"
    fields = (
        Field("smtp_host", N_("Mail server"), hint=N_("Like smtp.school.org. Empty: no mail is sent."), check=host),
        Field("smtp_security", N_("How the connection is encrypted"), "choice",
              choices=(("starttls", "STARTTLS"), ("tls", "TLS"), ("none", N_("Not at all: only on this computer")))),
        Field("smtp_port", N_("Port"), "whole", N_("Empty: the usual one."), optional=True),
        Field("smtp_user", N_("User name at the server"), hint=N_("Empty: nobody logs in.")),
        Field("mail_from", N_("Address the mail comes from"), check=e_mail),
        Field("mail_from_name", N_("Name beside it"), hint=N_("Empty: the name of the school.")),
        Field("mail_reply_to", N_("Address that answers go to"), hint=N_("Empty: the one above."), check=e_mail),
        Field("mail_warn_after_sessions", N_("Warn of low attendance only after so many lessons"), "whole"),
        Field("mail_warn_weeks", N_("Warn about the same class again only after, weeks"), "whole"),
    )  # fmt: skip

    def add_actions(self) -> None:
        self.add_buttons([
            (_("Save"), self.save, "primary"),
            (_("Store the password"), self._ask_password, "neutral"),
            (_("Send a test mail"), self._ask_test, "neutral"),
        ])  # fmt: skip

    def _ask_password(self) -> None:
        sentence = _(
            "It is kept in the keyring of this computer’s user, never in a file of Rollcall. Save the form first."
        )
        ask.text(self.app, _("Password of the mail server"), self._store, sentence=sentence, secret=True)

    def _store(self, password: str) -> None:
        from pydantic import SecretStr

        from core.mail.password import save_password

        secret = SecretStr(password)
        self.call(lambda use: save_password(use.store, use.settings, secret), self._stored, saves=True)

    def _stored(self, account: str) -> None:
        self._tell(_("The password for {account} is kept.").format(account=account))

    def _ask_test(self) -> None:
        sentence = _("One mail is sent with the saved settings, to see whether they work.")
        ask.text(
            self.app, _("To which address?"), self._test, title=_("Send a test mail"), sentence=sentence,
            value=self.app.settings.mail_from, check=one_address,
        )  # fmt: skip

    def _test(self, address: str) -> None:
        from core.mail.sending import send_test

        self.call(lambda use: send_test(use.store, use.settings, address), self._sent, title=_("Sending a test mail"))

    def _sent(self, address: str) -> None:
        self._tell(_("The test was sent to {address}. Look whether it arrived.").format(address=address))

    def _tell(self, sentence: str) -> None:
        if self.app.shell is not None:
            self.app.shell.status.tell(sentence)
