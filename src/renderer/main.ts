import '@fontsource-variable/inter'
import '@fontsource-variable/jetbrains-mono'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import './styles/reset.css'
import './styles/theme.css'

createApp(App).use(createPinia()).mount('#app')
