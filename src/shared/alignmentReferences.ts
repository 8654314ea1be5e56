import { acl, article } from './referenceForms'

/** What alignments of two languages cite, a part of references.ts. */
export const alignmentReferences = {
  melamed2000: article(
    'Melamed, I. Dan',
    'Models of Translational Equivalence among Words',
    'Computational Linguistics',
    '2000',
    '26(2)',
    '221--250',
    '10.1162/089120100561683'
  ),
  schonemann1966: article(
    'Sch{\\"o}nemann, Peter H.',
    'A generalized solution of the orthogonal {Procrustes} problem',
    'Psychometrika',
    '1966',
    '31(1)',
    '1--10',
    '10.1007/BF02289451'
  ),
  schuster2019: acl(
    'Schuster, Tal and Ram, Ori and Barzilay, Regina and Globerson, Amir',
    'Cross-Lingual Alignment of Contextual Word Embeddings, with Applications to Zero-shot Dependency Parsing',
    'Proceedings of the 2019 Conference of the North {A}merican Chapter of the Association for Computational ' +
      'Linguistics',
    '2019',
    '1599--1613',
    '10.18653/v1/N19-1162'
  )
} as const
