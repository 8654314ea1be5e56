import { testRefusals } from './badFile'

testRefusals([
  // Tables
  {
    file: 'ragged.tsv',
    content: 'word\ttag\nthe\tDET\ncat\tNOUN\tanimal\n',
    refused: 'ragged.tsv, line 3: 3 columns where the other rows have 2; check the delimiter.'
  },
  {
    file: 'ragged.csv',
    content: 'text,label\n"Yes, please",order\nNo,thanks,bye\n',
    refused: 'ragged.csv, line 3: 3 columns where the other rows have 2; check the delimiter and the quotes.'
  },
  {
    file: 'one-column.tsv',
    content: 'the\ncat\n\nsat\n',
    refused: 'one-column.tsv: no column holds labels; there is only one column; check the delimiter.'
  },
  {
    file: 'no-label.tsv',
    content: 'word\ttag\nthe\tDET\n',
    choice: { columns: [{ index: 1, role: 'ignore' }] },
    refused:
      'no-label.tsv: no column holds labels; choose the columns that hold labels, of "tag" (--columns tag=label).'
  },
  {
    file: 'two-words.tsv',
    content: 'word\ttag\nthe\tDET\n',
    choice: {
      columns: [
        { index: 0, role: 'word' },
        { index: 1, role: 'word' }
      ]
    },
    refused: 'two-words.tsv: 2 columns ("word", "tag") are to hold the words; choose one of them.'
  },
  {
    file: 'no-words.tsv',
    content: 'word\ttag\nthe\tDET\n',
    choice: { columns: [{ index: 0, role: 'ignore' }] },
    refused: 'no-words.tsv: no column holds the words; choose one.'
  },
  {
    file: 'wrong-role.tsv',
    content: 'word\ttag\nthe\tDET\n',
    choice: { columns: [{ index: 1, role: 'text' }] },
    refused: 'wrong-role.tsv: column "tag" cannot be "text" where each line is a word.'
  },
  {
    file: 'one-class.tsv',
    content: 'word\ttag\nthe\tO\ncat\tO\n',
    refused: 'one-class.tsv: every word with a label has the same one, "O" ("tag"); a probe needs at least two classes.'
  },
  {
    file: 'no-values.tsv',
    content: 'word\ttag\nthe\t_\ncat\t\n',
    refused: 'no-values.tsv: no word and no sentence has a label; choose other columns.'
  },
  {
    file: 'empty-word.tsv',
    content: 'word\ttag\nthe\tDET\n\tNOUN\n',
    refused: 'empty-word.tsv, line 3: the word (column "word") is empty.'
  },
  {
    file: 'open-quote.csv',
    content: 'text,label\nfine,a\n"never closed,b\nmore,c\n',
    refused:
      'open-quote.csv, line 3: the quoted field that begins here is never closed; close it, or switch quoting off.'
  },
  {
    file: 'bad-quote.csv',
    content: 'text,label\n"He said "yes" twice",a\n',
    refused:
      'bad-quote.csv, line 2: text follows a closing quote; write a quote within a quoted field twice (""), or ' +
      'switch quoting off.'
  },
  {
    file: 'header-only.tsv',
    content: 'word\ttag\n',
    choice: { header: true },
    refused: 'header-only.tsv: there is no row under the header; if its first row is data, say so (header: no).'
  },
  // Coreference and pairs of sentences
  {
    file: 'gap-names.tsv',
    content: 'ID\tText\tPronoun\tPronoun-offset\n',
    refused:
      'gap-names.tsv, line 1: the column "A" is missing; GAP has ID, Text, Pronoun, Pronoun-offset, A, A-offset, ' +
      'A-coref, B, B-offset, B-coref.'
  },
  {
    file: 'gap-offset.tsv',
    content:
      'ID\tText\tPronoun\tPronoun-offset\tA\tA-offset\tA-coref\tB\tB-offset\tB-coref\n' +
      'd\tAnn says she left.\tshe\t8\tAnn\t0\tTRUE\tMary\t1\tFALSE\n',
    refused:
      'gap-offset.tsv, line 2: "she" does not occur at character 8 of the text (columns Pronoun and Pronoun-offset).'
  },
  {
    file: 'pair.tsv',
    content: 'sentence1\tsentence2\tscore\na\t\t1\n',
    refused: 'pair.tsv, line 2: the sentence is empty (column "sentence2").'
  },
  {
    file: 'wino-id.tsv',
    content:
      'sentid\tsentence\ntechnician.customer.1.male.txt\tThe technician told the customer that he left.\n' +
      'technician.customer.he\tThe technician left.\n',
    refused:
      'wino-id.tsv, line 3: the id "technician.customer.he" is not of the form ' +
      'occupation.participant.answer.gender.txt, where answer is 0 or 1.'
  },
  {
    file: 'wino-who.tsv',
    content: 'sentid\tsentence\ntechnician.customer.1.male.txt\tThe technician told the client that he left.\n',
    refused: 'wino-who.tsv, line 2: the participant, "customer", does not occur in the sentence.'
  },
  {
    file: 'wino-pronoun.tsv',
    content: 'sentid\tsentence\ntechnician.customer.1.male.txt\tThe technician told the customer to leave.\n',
    refused:
      'wino-pronoun.tsv, line 2: the sentence has none of the pronouns he, she, they, him, her, them, his, hers, ' +
      'their, theirs.'
  },
  {
    file: 'wino-columns.tsv',
    content: 'sentid\tsentence\ntechnician.customer.1.male.txt\tThe technician left.\tmore\n',
    refused: 'wino-columns.tsv, line 2: 3 columns where Winogender has sentid and sentence.'
  }
])
