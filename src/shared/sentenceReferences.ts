import { acl, article, preprint, type Reference } from './referenceForms'

/** What results about single sentences cite, a part of references.ts. */
export const sentenceReferences = {
  belrose2023lens: preprint(
    'Belrose, Nora and Furman, Zach and Smith, Logan and Halawi, Danny and Ostrovsky, Igor and McKinney, Lev and ' +
      'Biderman, Stella and Steinhardt, Jacob',
    'Eliciting Latent Predictions from Transformers with the Tuned Lens',
    'arXiv preprint',
    '2023',
    '2303.08112'
  ),
  elhage2021: {
    type: 'article',
    fields: {
      author: 'Elhage, Nelson and Nanda, Neel and Olsson, Catherine and Henighan, Tom and others',
      title: 'A Mathematical Framework for Transformer Circuits',
      journal: 'Transformer Circuits Thread',
      year: '2021',
      url: 'https://transformer-circuits.pub/2021/framework/index.html'
    }
  },
  kaufIvanova2023: acl(
    'Kauf, Carina and Ivanova, Anna',
    'A Better Way to Do Masked Language Model Scoring',
    'Proceedings of the 61st Annual Meeting of the Association for Computational Linguistics, Short Papers',
    '2023',
    '925--935',
    '10.18653/v1/2023.acl-short.80'
  ),
  lau2020: article(
    'Lau, Jey Han and Armendariz, Carlos and Lappin, Shalom and Purver, Matthew and Shu, Chang',
    'How Furiously Can Colorless Green Ideas Sleep? Sentence Acceptability in Context',
    'Transactions of the Association for Computational Linguistics',
    '2020',
    '8',
    '296--310',
    '10.1162/tacl_a_00315'
  ),
  salazar2020: acl(
    'Salazar, Julian and Liang, Davis and Nguyen, Toan Q. and Kirchhoff, Katrin',
    'Masked Language Model Scoring',
    'Proceedings of the 58th Annual Meeting of the Association for Computational Linguistics',
    '2020',
    '2699--2712',
    '10.18653/v1/2020.acl-main.240'
  ),
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
  ),
  wang2023: preprint(
    'Wang, Kevin and Variengien, Alexandre and Conmy, Arthur and Shlegeris, Buck and Steinhardt, Jacob',
    'Interpretability in the Wild: a Circuit for Indirect Object Identification in {GPT}-2 Small',
    'International Conference on Learning Representations',
    '2023',
    '2211.00593'
  )
} satisfies Record<string, Reference>
