import { acl, article, preprint, type Reference } from './referenceForms'

/** What ways to train, choose and judge probes cite, a part of references.ts. */
export const probeReferences = {
  louizos2017: preprint(
    'Louizos, Christos and Ullrich, Karen and Welling, Max',
    'Bayesian Compression for Deep Learning',
    'Advances in Neural Information Processing Systems',
    '2017',
    '1705.08665'
  ),
  molchanov2017: preprint(
    'Molchanov, Dmitry and Ashukha, Arsenii and Vetrov, Dmitry',
    'Variational Dropout Sparsifies Deep Neural Networks',
    'Proceedings of the 34th International Conference on Machine Learning',
    '2017',
    '1701.05369'
  ),
  pimentel2020pareto: acl(
    'Pimentel, Tiago and Saphra, Naomi and Williams, Adina and Cotterell, Ryan',
    'Pareto Probing: Trading Off Accuracy for Complexity',
    'Proceedings of the 2020 Conference on Empirical Methods in Natural Language Processing',
    '2020',
    '3138--3153',
    '10.18653/v1/2020.emnlp-main.254'
  ),
  stone1974: article(
    'Stone, Mervyn',
    'Cross-Validatory Choice and Assessment of Statistical Predictions',
    'Journal of the Royal Statistical Society: Series B',
    '1974',
    '36',
    '111--147',
    '10.1111/j.2517-6161.1974.tb00994.x'
  ),
  varmaSimon2006: article(
    'Varma, Sudhir and Simon, Richard',
    'Bias in error estimation when using cross-validation for model selection',
    'BMC Bioinformatics',
    '2006',
    '7',
    '91',
    '10.1186/1471-2105-7-91'
  )
} satisfies Record<string, Reference>
