import { alignmentReferences } from './alignmentReferences'
import { probeReferences } from './probeReferences'
import { acl, article, book, preprint, type Reference } from './referenceForms'
import { sentenceReferences } from './sentenceReferences'
import { similarityReferences } from './similarityReferences'
import { trainingReferences } from './trainingReferences'

/** What results cite: entries for BibTeX, by a key that says author and year. */

export const references = {
  ...alignmentReferences,
  ...probeReferences,
  ...sentenceReferences,
  ...similarityReferences,
  ...trainingReferences,
  alainBengio2017: preprint(
    'Alain, Guillaume and Bengio, Yoshua',
    'Understanding intermediate layers using linear classifier probes',
    'International Conference on Learning Representations, Workshop Track',
    '2017',
    '1610.01644'
  ),
  beckTeboulle2009: article(
    'Beck, Amir and Teboulle, Marc',
    'A Fast Iterative Shrinkage-Thresholding Algorithm for Linear Inverse Problems',
    'SIAM Journal on Imaging Sciences',
    '2009',
    '2',
    '183--202',
    '10.1137/080716542'
  ),
  belrose2023: preprint(
    'Belrose, Nora and Schneider-Joseph, David and Ravfogel, Shauli and Cotterell, Ryan and Raff, Edward and ' +
      'Biderman, Stella',
    '{LEACE}: Perfect linear concept erasure in closed form',
    'Advances in Neural Information Processing Systems',
    '2023',
    '2306.03819'
  ),
  benZaken2022: acl(
    'Ben Zaken, Elad and Goldberg, Yoav and Ravfogel, Shauli',
    '{BitFit}: Simple Parameter-efficient Fine-tuning for Transformer-based Masked Language-models',
    'Annual Meeting of the Association for Computational Linguistics, Short Papers',
    '2022',
    '1--9',
    '10.18653/v1/2022.acl-short.1'
  ),
  conneau2018: acl(
    'Conneau, Alexis and Kruszewski, German and Lample, Guillaume and Barrault, Lo{\\"i}c and Baroni, Marco',
    'What you can cram into a single {\\$\\&!\\#*} vector: Probing sentence embeddings for linguistic properties',
    'Proceedings of the 56th Annual Meeting of the Association for Computational Linguistics',
    '2018',
    '2126--2136',
    '10.18653/v1/P18-1198'
  ),
  coverHart1967: article(
    'Cover, Thomas M. and Hart, Peter E.',
    'Nearest neighbor pattern classification',
    'IEEE Transactions on Information Theory',
    '1967',
    '13',
    '21--27',
    '10.1109/TIT.1967.1053964'
  ),
  dalvi2019: article(
    'Dalvi, Fahim and Nortonsmith, Avery and Bau, Anthony and Belinkov, Yonatan and Sajjad, Hassan and ' +
      'Durrani, Nadir and Glass, James',
    '{NeuroX}: A Toolkit for Analyzing Individual Neurons in Neural Networks',
    'Proceedings of the AAAI Conference on Artificial Intelligence',
    '2019',
    '33',
    '9851--9852',
    '10.1609/aaai.v33i01.33019851'
  ),
  devlin2019: acl(
    'Devlin, Jacob and Chang, Ming-Wei and Lee, Kenton and Toutanova, Kristina',
    '{BERT}: Pre-training of Deep Bidirectional Transformers for Language Understanding',
    'Conference of the North American Chapter of the Association for Computational Linguistics',
    '2019',
    '4171--4186',
    '10.18653/v1/N19-1423'
  ),
  efronTibshirani1993: book(
    'Efron, Bradley and Tibshirani, Robert J.',
    'An Introduction to the Bootstrap',
    'Chapman \\& Hall',
    '1993'
  ),
  felbo2017: acl(
    'Felbo, Bjarke and Mislove, Alan and S{\\o}gaard, Anders and Rahwan, Iyad and Lehmann, Sune',
    'Using millions of emoji occurrences to learn any-domain representations for detecting sentiment, emotion and ' +
      'sarcasm',
    'Conference on Empirical Methods in Natural Language Processing',
    '2017',
    '1615--1625',
    '10.18653/v1/D17-1169'
  ),
  hewittLiang2019: acl(
    'Hewitt, John and Liang, Percy',
    'Designing and Interpreting Probes with Control Tasks',
    'Proceedings of the 2019 Conference on Empirical Methods in Natural Language Processing and the 9th ' +
      'International Joint Conference on Natural Language Processing',
    '2019',
    '2733--2743',
    '10.18653/v1/D19-1275'
  ),
  hewitt2021: acl(
    'Hewitt, John and Ethayarajh, Kawin and Liang, Percy and Manning, Christopher D.',
    'Conditional probing: measuring usable information beyond a baseline',
    'Proceedings of the 2021 Conference on Empirical Methods in Natural Language Processing',
    '2021',
    '1626--1639',
    '10.18653/v1/2021.emnlp-main.122'
  ),
  hewittManning2019: acl(
    'Hewitt, John and Manning, Christopher D.',
    'A Structural Probe for Finding Syntax in Word Representations',
    'Proceedings of the 2019 Conference of the North American Chapter of the Association for Computational Linguistics',
    '2019',
    '4129--4138',
    '10.18653/v1/N19-1419'
  ),
  hoerlKennard1970: article(
    'Hoerl, Arthur E. and Kennard, Robert W.',
    'Ridge Regression: Biased Estimation for Nonorthogonal Problems',
    'Technometrics',
    '1970',
    '12',
    '55--67',
    '10.1080/00401706.1970.10488634'
  ),
  houlsby2019: preprint(
    'Houlsby, Neil and Giurgiu, Andrei and Jastrzebski, Stanislaw and Morrone, Bruna and de Laroussilhe, Quentin and ' +
      'Gesmundo, Andrea and Attariyan, Mona and Gelly, Sylvain',
    'Parameter-Efficient Transfer Learning for {NLP}',
    'International Conference on Machine Learning',
    '2019',
    '1902.00751'
  ),
  howardRuder2018: acl(
    'Howard, Jeremy and Ruder, Sebastian',
    'Universal Language Model Fine-tuning for Text Classification',
    'Annual Meeting of the Association for Computational Linguistics',
    '2018',
    '328--339',
    '10.18653/v1/P18-1031'
  ),
  hu2022: preprint(
    'Hu, Edward J. and Shen, Yelong and Wallis, Phillip and Allen-Zhu, Zeyuan and Li, Yuanzhi and Wang, Shean and ' +
      'Wang, Lu and Chen, Weizhu',
    '{LoRA}: Low-Rank Adaptation of Large Language Models',
    'International Conference on Learning Representations',
    '2022',
    '2106.09685'
  ),
  kingmaBa2015: preprint(
    'Kingma, Diederik P. and Ba, Jimmy',
    '{Adam}: A Method for Stochastic Optimization',
    'International Conference on Learning Representations',
    '2015',
    '1412.6980'
  ),
  kirkpatrick2017: article(
    'Kirkpatrick, James and Pascanu, Razvan and Rabinowitz, Neil and Veness, Joel and Desjardins, Guillaume and ' +
      'Rusu, Andrei A. and Milan, Kieran and Quan, John and Ramalho, Tiago and Grabska-Barwinska, Agnieszka and ' +
      'Hassabis, Demis and Clopath, Claudia and Kumaran, Dharshan and Hadsell, Raia',
    'Overcoming catastrophic forgetting in neural networks',
    'Proceedings of the National Academy of Sciences',
    '2017',
    '114',
    '3521--3526',
    '10.1073/pnas.1611835114'
  ),
  liu2019: acl(
    'Liu, Nelson F. and Gardner, Matt and Belinkov, Yonatan and Peters, Matthew E. and Smith, Noah A.',
    'Linguistic Knowledge and Transferability of Contextual Representations',
    'Proceedings of the 2019 Conference of the North American Chapter of the Association for Computational Linguistics',
    '2019',
    '1073--1094',
    '10.18653/v1/N19-1112'
  ),
  liuNocedal1989: article(
    'Liu, Dong C. and Nocedal, Jorge',
    'On the limited memory {BFGS} method for large scale optimization',
    'Mathematical Programming',
    '1989',
    '45',
    '503--528',
    '10.1007/BF01589116'
  ),
  loshchilovHutter2019: preprint(
    'Loshchilov, Ilya and Hutter, Frank',
    'Decoupled Weight Decay Regularization',
    'International Conference on Learning Representations',
    '2019',
    '1711.05101'
  ),
  marneffe2021: article(
    'de Marneffe, Marie-Catherine and Manning, Christopher D. and Nivre, Joakim and Zeman, Daniel',
    '{Universal Dependencies}',
    'Computational Linguistics',
    '2021',
    '47',
    '255--308',
    '10.1162/coli_a_00402'
  ),
  michel2019: preprint(
    'Michel, Paul and Levy, Omer and Neubig, Graham',
    'Are Sixteen Heads Really Better than One?',
    'Advances in Neural Information Processing Systems',
    '2019',
    '1905.10650'
  ),
  olsson2022: preprint(
    'Olsson, Catherine and Elhage, Nelson and Nanda, Neel and Joseph, Nicholas and others',
    'In-context learning and induction heads',
    'Transformer Circuits Thread',
    '2022',
    '2209.11895'
  ),
  peters2018: acl(
    'Peters, Matthew E. and Neumann, Mark and Iyyer, Mohit and Gardner, Matt and Clark, Christopher and Lee, ' +
      'Kenton and Zettlemoyer, Luke',
    'Deep Contextualized Word Representations',
    'Proceedings of the 2018 Conference of the North American Chapter of the Association for Computational Linguistics',
    '2018',
    '2227--2237',
    '10.18653/v1/N18-1202'
  ),
  peters2019: acl(
    'Peters, Matthew E. and Ruder, Sebastian and Smith, Noah A.',
    'To Tune or Not to Tune? {Adapting} Pretrained Representations to Diverse Tasks',
    'Workshop on Representation Learning for {NLP}',
    '2019',
    '7--14',
    '10.18653/v1/W19-4302'
  ),
  pfeiffer2021: acl(
    'Pfeiffer, Jonas and Kamath, Aishwarya and R{\\"u}ckl{\\\'e}, Andreas and Cho, Kyunghyun and Gurevych, Iryna',
    '{AdapterFusion}: Non-Destructive Task Composition for Transfer Learning',
    'Conference of the European Chapter of the Association for Computational Linguistics',
    '2021',
    '487--503',
    '10.18653/v1/2021.eacl-main.39'
  ),
  phang2018: {
    type: 'misc',
    fields: {
      author: "Phang, Jason and F{\\'e}vry, Thibault and Bowman, Samuel R.",
      title: 'Sentence Encoders on {STILTs}: Supplementary Training on Intermediate Labeled-data Tasks',
      year: '2018',
      publisher: 'arXiv',
      eprint: '1811.01088',
      archiveprefix: 'arXiv'
    }
  },
  ravfogel2020: acl(
    'Ravfogel, Shauli and Elazar, Yanai and Gonen, Hila and Twiton, Michael and Goldberg, Yoav',
    'Null It Out: Guarding Protected Attributes by Iterative Nullspace Projection',
    'Proceedings of the 58th Annual Meeting of the Association for Computational Linguistics',
    '2020',
    '7237--7256',
    '10.18653/v1/2020.acl-main.647'
  ),
  silveira2014: {
    type: 'inproceedings',
    fields: {
      author:
        'Silveira, Natalia and Dozat, Timothy and de Marneffe, Marie-Catherine and Bowman, Samuel R. and ' +
        'Connor, Miriam and Bauer, John and Manning, Christopher D.',
      title: 'A Gold Standard Dependency Corpus for {English}',
      booktitle: 'Proceedings of the Ninth International Conference on Language Resources and Evaluation',
      year: '2014',
      publisher: 'European Language Resources Association'
    }
  },
  smilkov2019: preprint(
    'Smilkov, Daniel and Thorat, Nikhil and Assogba, Yannick and Yuan, Ann and Kreeger, Nick and Yu, Ping ' +
      'and Zhang, Kangyi and Cai, Shanqing and Nielsen, Eric and Soergel, David and others',
    '{TensorFlow.js}: Machine Learning for the Web and Beyond',
    'Proceedings of Machine Learning and Systems',
    '2019',
    '1901.05350'
  ),
  tenney2019acl: acl(
    'Tenney, Ian and Das, Dipanjan and Pavlick, Ellie',
    '{BERT} Rediscovers the Classical {NLP} Pipeline',
    'Proceedings of the 57th Annual Meeting of the Association for Computational Linguistics',
    '2019',
    '4593--4601',
    '10.18653/v1/P19-1452'
  ),
  tenney2019iclr: preprint(
    'Tenney, Ian and Xia, Patrick and Chen, Berlin and Wang, Alex and Poliak, Adam and McCoy, R. Thomas and ' +
      'Kim, Najoung and Van Durme, Benjamin and Bowman, Samuel R. and Das, Dipanjan and Pavlick, Ellie',
    'What do you learn from context? Probing for sentence structure in contextualized word representations',
    'International Conference on Learning Representations',
    '2019',
    '1905.06316'
  ),
  voitaTitov2020: acl(
    'Voita, Elena and Titov, Ivan',
    'Information-Theoretic Probing with Minimum Description Length',
    'Proceedings of the 2020 Conference on Empirical Methods in Natural Language Processing',
    '2020',
    '183--196',
    '10.18653/v1/2020.emnlp-main.14'
  ),
  warstadt2020: article(
    'Warstadt, Alex and Parrish, Alicia and Liu, Haokun and Mohananey, Anhad and Peng, Wei and Wang, ' +
      'Sheng-Fu and Bowman, Samuel R.',
    '{BLiMP}: The Benchmark of Linguistic Minimal Pairs for {English}',
    'Transactions of the Association for Computational Linguistics',
    '2020',
    '8',
    '377--392',
    '10.1162/tacl_a_00321'
  ),
  westfallYoung1993: book(
    'Westfall, Peter H. and Young, S. Stanley',
    'Resampling-Based Multiple Testing: Examples and Methods for p-Value Adjustment',
    'Wiley',
    '1993'
  ),
  zhangBowman2018: {
    type: 'inproceedings',
    fields: {
      author: 'Zhang, Kelly W. and Bowman, Samuel R.',
      title:
        'Language Modeling Teaches You More than Translation Does: Lessons Learned Through Auxiliary ' +
        'Syntactic Task Analysis',
      booktitle: 'Proceedings of the 2018 {EMNLP} Workshop {BlackboxNLP}',
      year: '2018',
      doi: '10.18653/v1/W18-5448'
    }
  },
  zouHastie2005: article(
    'Zou, Hui and Hastie, Trevor',
    'Regularization and variable selection via the elastic net',
    'Journal of the Royal Statistical Society: Series B',
    '2005',
    '67',
    '301--320',
    '10.1111/j.1467-9868.2005.00503.x'
  )
} satisfies Record<string, Reference>

export type ReferenceKey = keyof typeof references

/** Entries for a BibTeX file, in alphabetical order, each once. */
export function bibtex(keys: Iterable<ReferenceKey>): string {
  return [...new Set(keys)]
    .sort()
    .map((key) => {
      const { type, fields }: Reference = references[key]
      return `@${type}{${key},\n${Object.entries(fields)
        .map(([name, value]) => `  ${name} = {${value}}`)
        .join(',\n')}\n}\n`
    })
    .join('\n')
}
