"""The words of the book's own, from words.toml."""

from course_lib import texts

say = texts.beside(__file__)
