import { preprint } from './referenceForms'

/** What results of attributions cite, a part of references.ts. */
export const attributionReferences = {
  shrikumar2017: preprint(
    'Shrikumar, Avanti and Greenside, Peyton and Kundaje, Anshul',
    'Learning Important Features Through Propagating Activation Differences',
    'International Conference on Machine Learning',
    '2017',
    '1704.02685'
  ),
  simonyan2014: preprint(
    'Simonyan, Karen and Vedaldi, Andrea and Zisserman, Andrew',
    'Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps',
    'International Conference on Learning Representations, Workshop Track',
    '2014',
    '1312.6034'
  ),
  sundararajan2017: preprint(
    'Sundararajan, Mukund and Taly, Ankur and Yan, Qiqi',
    'Axiomatic Attribution for Deep Networks',
    'International Conference on Machine Learning',
    '2017',
    '1703.01365'
  )
} as const
