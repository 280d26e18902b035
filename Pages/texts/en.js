// English. `{name}` is replaced; a text with `one` and `other` is chosen by its `n`.
export default {
  "page.skip": "Skip to the page",
  "page.nav": "Pages",
  "page.home": "Home",
  "page.store": "Store",
  "page.console": "Console",
  "page.docs": "API",
  "page.signIn": "Sign in",
  "page.signOut": "Sign out",
  "page.loading": "One moment…",
  "page.again": "Try again",
  "page.notAllowed": "This page is not for your account",
  "page.notAllowedDetail": "It needs one of: {scopes}. Ask whoever gave you the account.",

  "time.moment": "a moment",
  "time.never": "never",
  "time.now": "just now",
  "time.ago": "{age} ago",
  "time.in": "in {age}",

  "band.inStock": "In stock",
  "band.low": "Low",
  "band.out": "Out",
};
