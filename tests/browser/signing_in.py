"""Signing in to the desk for the first time."""

from playwright.sync_api import Page

from hotline.store.staff_accounts import Accounts
from hotline.store.staff_roles import Role

PASSPHRASE = "four words of my own"


def sign_in(page: Page, address: str, accounts: Accounts, name: str, role: Role) -> None:
    accounts.add(name, role)
    page.goto(f"{address}/desk/passphrase/{accounts.link(name)}")
    choose_passphrase(page)


def choose_passphrase(page: Page) -> None:
    page.fill("#passphrase", PASSPHRASE)
    page.fill("#again", PASSPHRASE)
    page.locator("main button").click()
