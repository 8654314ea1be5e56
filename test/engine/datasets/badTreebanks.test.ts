import { goodSentence, testRefusals, word } from './badFile'
import { wordLine } from './temporaryFiles'

testRefusals([
  // CoNLL-U
  {
    file: 'nine.conllu',
    content: `${goodSentence}# sent_id = 2\n1\tx\tx\tX\t_\t_\t0\troot\t_\n\n`,
    refused: 'nine.conllu, line 5: 9 columns where CoNLL-U has 10; check that the columns are separated by tabs.'
  },
  {
    file: 'spaces.conllu',
    content: '1 Go go VERB _ _ 0 root _ _\n\n',
    refused: 'spaces.conllu, line 1: 1 column where CoNLL-U has 10; check that the columns are separated by tabs.'
  },
  {
    file: 'eleven.conllu',
    content: `${goodSentence}1\tx\tx\tX\t_\t_\t0\troot\t_\t_\tmore\n\n`,
    refused:
      'eleven.conllu, line 4: 11 columns where CoNLL-U has 10; further columns need a first line that names them ' +
      'all, as in CoNLL-U Plus.'
  },
  {
    file: 'letters.conllu',
    content: `${goodSentence}${word('a')}\n`,
    refused:
      'letters.conllu, line 4: the id "a" is neither a number, nor a range such as 3-4, nor an empty node such as 3.1.'
  },
  {
    file: 'order.conllu',
    content: `${goodSentence}${word(1)}${word(3)}\n`,
    refused:
      'order.conllu, line 5: the id is 3 where 2 is next; the words of a sentence are numbered 1, 2, 3 and so on.'
  },
  {
    file: 'blank.conllu',
    content: `${word(1)}${word(1)}\n`,
    refused:
      'blank.conllu, line 2: a sentence begins here, but the one before it has not ended; put a blank line ' +
      'between sentences.'
  },
  {
    file: 'blank2.conllu',
    content: `${word(1)}# sent_id = 2\n${word(1)}\n`,
    refused:
      'blank2.conllu, line 2: a sentence begins here, but the one before it has not ended; put a blank line ' +
      'between sentences.'
  },
  {
    file: 'range.conllu',
    content: `${word(1)}${word('4-5')}\n`,
    refused: 'range.conllu, line 2: the multiword token 4-5 should begin with the next word, 2, and end after it.'
  },
  {
    file: 'outside.conllu',
    content: `${goodSentence}${word(1, 2)}${word(2, 0)}${word(3, 7)}\n`,
    refused: 'outside.conllu, line 6: the head is 7, but the sentence has only 3 words.'
  },
  {
    file: 'self.conllu',
    content: `${word(1, 0)}${word(2, 2)}\n`,
    refused: 'self.conllu, line 2: word 2 is its own head; the root of a sentence has head 0.'
  },
  {
    file: 'circle.conllu',
    content: `${word(1, 0)}${word(2, 3)}${word(3, 4)}${word(4, 2)}\n`,
    refused: 'circle.conllu, line 2: the heads form a cycle: 2 -> 3 -> 4 -> 2.'
  },
  {
    file: 'noroot.conllu',
    content: `${word(1, 2)}${word(2, 1)}\n`,
    refused: 'noroot.conllu, line 1: the heads form a cycle: 1 -> 2 -> 1.'
  },
  {
    file: 'head.conllu',
    content: word(1, 'root'),
    refused: 'head.conllu, line 1: the head "root" is not a number (column HEAD).'
  },
  {
    file: 'feature.conllu',
    content: `${wordLine({ id: 1, form: 'x', feats: 'Number=Sing|Plural', head: 0 })}\n\n`,
    refused: 'feature.conllu, line 1: the feature "Plural" is not of the form Name=Value (column FEATS).'
  },
  {
    file: 'form.conllu',
    content: '1\t\t_\tX\t_\t_\t0\troot\t_\t_\n\n',
    refused: 'form.conllu, line 1: the word (column FORM) is empty.'
  },
  {
    file: 'empty-field.conllu',
    content: '1\tx\t_\t\t_\t_\t0\troot\t_\t_\n\n',
    refused: 'empty-field.conllu, line 1: column UPOS is empty; CoNLL-U writes "_" for a missing value.'
  },
  {
    file: 'comments.conllu',
    content: '# sent_id = 1\n\n# sent_id = 2\n\n',
    refused: 'comments.conllu: it has no sentences when read as CoNLL-U.'
  },
  {
    file: 'plus.conllup',
    content: '# global.columns = ID LEMMA\n1\tx\n\n',
    refused: 'plus.conllup, line 1: the columns named here lack FORM, which every word needs.'
  },
  {
    file: 'plus2.conllup',
    content: '# global.columns = ID FORM NE\n1\tx\n\n',
    refused:
      'plus2.conllup, line 2: 2 columns where the first line names 3; check that the columns are separated by tabs.'
  },
  {
    file: 'ten.conllulex',
    content: goodSentence,
    refused: 'ten.conllulex, line 1: 10 columns where CoNLL-U Lex has 19; check that the columns are separated by tabs.'
  },
  {
    file: 'roles.conllu',
    content: `${word(1).trim()}\tgo.01\tV\t_\n\n`,
    refused:
      'roles.conllu, line 1: 2 columns of roles where the sentence has 1 predicate (column 11); there is one ' +
      'column for each.'
  },
  // Trees in brackets
  {
    file: 'open.ptb',
    content: '(S (NP (NN x))\n',
    refused: 'open.ptb, line 1: the tree that begins here is never closed; a bracket is missing.'
  },
  {
    file: 'closed.ptb',
    content: '(S (NN x)))\n',
    refused: 'closed.ptb, line 1: a bracket is closed that was never opened.'
  },
  { file: 'outside.ptb', content: '(S (NN x)) y\n', refused: 'outside.ptb, line 1: "y" is outside of any tree.' },
  {
    file: 'two.ptb',
    content: '(S\n(NN x y))\n',
    refused: 'two.ptb, line 2: "y" is one word too many under "NN"; each word needs its own bracket.'
  },
  {
    file: 'both.ptb',
    content: '(S (NN x (NN y)))\n',
    refused: 'both.ptb, line 1: the tag "NN" has both a word and a bracket under it.'
  },
  {
    file: 'hollow.ptb',
    content: '(S (NP))\n',
    refused: 'hollow.ptb, line 1: the bracket "NP" has neither a word nor another bracket in it.'
  }
])
