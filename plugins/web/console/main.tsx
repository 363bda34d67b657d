/** The console's program. */

import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { preloadPage } from './frame/routes.tsx';
import './look/base.css';
import './look/parts.css';
import './look/frame.css';
import './look/table.css';

preloadPage(location.pathname);
const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<App />);
