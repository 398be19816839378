// Asks for the name of a file and writes it, or lets the browser download it.
import { download, post } from './api.js';

const byId = (id) => document.getElementById(id);

export class SaveDialog {
  constructor(onSaved) {
    this.dialog = byId('save-dialog');
    this.dialog.querySelector('form').addEventListener('submit', (event) => {
      if (event.submitter && event.submitter.id === 'save-cancel') return;
      event.preventDefault(); // Enter in a field
      if (!byId('save-write').disabled) this.write(false);
    });
    byId('save-write').addEventListener('click', () => this.write(false));
    byId('save-download').addEventListener('click', () => this.download());
    this.onSaved = onSaved;
  }

  // path: what to ask of the server; content(): its view; names: of a mapping, or null
  open({ path, title, file, output, names, content }) {
    Object.assign(this, { path, content });
    byId('save-title').textContent = title;
    byId('save-where').textContent = output ? `In ${output}` : 'No output folder was named (--out FOLDER): it can be downloaded.';
    this.output = output;
    this.busy(false);
    byId('save-file').value = file;
    byId('save-problem').textContent = '';
    this.dialog.querySelectorAll('.of-mapping').forEach((part) => { part.hidden = !names; });
    if (names) {
      byId('save-name').value = names.name;
      byId('save-description').value = names.description;
      byId('save-name').oninput = () => { byId('save-file').value = `${byId('save-name').value}.json`; };
    }
    this.dialog.showModal();
  }

  body() {
    const view = this.content({ name: byId('save-name').value, description: byId('save-description').value });
    return { view, file_name: byId('save-file').value };
  }

  async write(overwrite) {
    this.busy(true);
    try {
      const told = await post(this.path, { ...this.body(), overwrite });
      this.dialog.close();
      this.onSaved(told);
    } catch (error) {
      if (error.exists && !overwrite && window.confirm(`${error.message}. Replace it?`)) {
        await this.write(true);
      } else {
        byId('save-problem').textContent = error.message;
      }
    } finally {
      this.busy(false);
    }
  }

  async download() {
    this.busy(true);
    try {
      await download(this.path, this.body());
      this.dialog.close();
      this.onSaved({ downloaded: byId('save-file').value });
    } catch (error) {
      byId('save-problem').textContent = error.message;
    } finally {
      this.busy(false);
    }
  }

  busy(state) {
    this.dialog.style.cursor = state ? 'progress' : '';
    byId('save-download').disabled = state;
    byId('save-write').disabled = state || !this.output;
  }
}
