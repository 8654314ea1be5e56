/** Forms of the entries in references.ts. */

export interface Reference {
  type: 'article' | 'inproceedings' | 'book' | 'misc'
  /** As BibTeX wants it: names joined by `and`, braces where capitals have to stay. */
  fields: Record<string, string>
}

export const acl = (
  authors: string,
  title: string,
  booktitle: string,
  year: string,
  pages: string,
  doi: string
): Reference => ({
  type: 'inproceedings',
  fields: {
    author: authors,
    title,
    booktitle,
    year,
    pages,
    publisher: 'Association for Computational Linguistics',
    doi
  }
})
export const article = (
  authors: string,
  title: string,
  journal: string,
  year: string,
  volume: string,
  pages: string,
  doi: string
): Reference => ({
  type: 'article',
  fields: { author: authors, title, journal, year, volume, pages, doi }
})
export const preprint = (
  authors: string,
  title: string,
  booktitle: string,
  year: string,
  eprint: string
): Reference => ({
  type: 'inproceedings',
  fields: { author: authors, title, booktitle, year, eprint, archiveprefix: 'arXiv' }
})

export const book = (author: string, title: string, publisher: string, year: string): Reference => ({
  type: 'book',
  fields: { author, title, publisher, year }
})
