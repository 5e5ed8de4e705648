// The film's seconds beside the lines: shown for the film that the room shows, to be pressed by who may go there.

export class Stamps {
  #list;
  #film;
  #mayJump = false;

  /** list: the lines; film: the movie_id of what is shown at first. */
  constructor({ list, film }) {
    this.#list = list;
    this.#film = film;
  }

  /** The movie_id of what is shown. */
  get film() {
    return this.#film;
  }

  follow({ film, mayJump }) {
    if (film === this.#film && mayJump === this.#mayJump) return;
    this.#film = film;
    this.#mayJump = mayJump;
    for (const item of this.#list.children) this.fit(item);
  }

  /** A second of another film would lead somewhere else in this one. */
  fit(item) {
    const stamp = item.querySelector(".stamp");
    if (!stamp) return;
    stamp.hidden = !isOf(item, this.#film);
    stamp.disabled = stamp.hidden || !this.#mayJump;
  }

  /** The second of the film that a line is about; null for none, or one of another film. */
  secondOf(item) {
    return isOf(item, this.#film) ? Number(item.dataset.movieTime) : null;
  }
}

/** Whether a line is about a second of that film. */
function isOf({ dataset }, film) {
  return dataset.movieTime !== undefined && dataset.movie === String(film);
}
