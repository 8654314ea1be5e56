import { acl, article, preprint, type Reference } from './referenceForms'

/** What measures of the similarity of layers cite, a part of references.ts. */
export const similarityReferences = {
  ding2021: preprint(
    'Ding, Frances and Denain, Jean-Stanislas and Steinhardt, Jacob',
    'Grounding Representation Similarity Through Statistical Testing',
    'Advances in Neural Information Processing Systems 34',
    '2021',
    '2108.01661'
  ),
  ethayarajh2019: acl(
    'Ethayarajh, Kawin',
    'How Contextual are Contextualized Word Representations? Comparing the Geometry of {BERT}, {ELM}o, and {GPT}-2 ' +
      'Embeddings',
    'Proceedings of the 2019 Conference on Empirical Methods in Natural Language Processing and the 9th ' +
      'International Joint Conference on Natural Language Processing',
    '2019',
    '55--65',
    '10.18653/v1/D19-1006'
  ),
  facco2017: article(
    "Facco, Elena and d'Errico, Maria and Rodriguez, Alex and Laio, Alessandro",
    'Estimating the intrinsic dimension of datasets by a minimal neighborhood information',
    'Scientific Reports',
    '2017',
    '7',
    '12140',
    '10.1038/s41598-017-11873-y'
  ),
  jegou2011: article(
    "J{\\'e}gou, Herv{\\'e} and Douze, Matthijs and Schmid, Cordelia",
    'Product Quantization for Nearest Neighbor Search',
    'IEEE Transactions on Pattern Analysis and Machine Intelligence',
    '2011',
    '33',
    '117--128',
    '10.1109/TPAMI.2010.57'
  ),
  kornblith2019: preprint(
    'Kornblith, Simon and Norouzi, Mohammad and Lee, Honglak and Hinton, Geoffrey',
    'Similarity of Neural Network Representations Revisited',
    'Proceedings of the 36th International Conference on Machine Learning',
    '2019',
    '1905.00414'
  ),
  kriegeskorte2008: article(
    'Kriegeskorte, Nikolaus and Mur, Marieke and Bandettini, Peter',
    'Representational similarity analysis -- connecting the branches of systems neuroscience',
    'Frontiers in Systems Neuroscience',
    '2008',
    '2',
    '4',
    '10.3389/neuro.06.004.2008'
  ),
  morcos2018: preprint(
    'Morcos, Ari S. and Raghu, Maithra and Bengio, Samy',
    'Insights on representational similarity in neural networks with canonical correlation',
    'Advances in Neural Information Processing Systems 31',
    '2018',
    '1806.05759'
  ),
  raghu2017: preprint(
    'Raghu, Maithra and Gilmer, Justin and Yosinski, Jason and Sohl-Dickstein, Jascha',
    '{SVCCA}: Singular Vector Canonical Correlation Analysis for Deep Learning Dynamics and Interpretability',
    'Advances in Neural Information Processing Systems 30',
    '2017',
    '1706.05806'
  ),
  song2012: {
    type: 'article',
    fields: {
      author: 'Song, Le and Smola, Alex and Gretton, Arthur and Bedo, Justin and Borgwardt, Karsten',
      title: 'Feature Selection via Dependence Maximization',
      journal: 'Journal of Machine Learning Research',
      year: '2012',
      volume: '13',
      pages: '1393--1434'
    }
  }
} satisfies Record<string, Reference>
